import { describe, expect, it } from '@jest/globals';
import { Observable, map, of, tap } from 'rxjs';
import { type Client, type Policy, TaskView, createClient, policy } from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

const marked = (name: string): Policy =>
  policy({
    name,
    intercept: (request, next) =>
      next(
        request.clone({
          headers: request.headers.set('X-Mark', `${request.headers.get('x-mark') ?? ''}${name}`),
        }),
      ),
  });
const setUp = (): { client: Client; marks: () => (string | undefined)[] } => {
  const fake = fakeFactory(() => answer.json(200, 7));
  return {
    client: createClient({ factory: fake }),
    marks: () => fake.exchanges.map(({ request }) => request.headers.get('x-mark')),
  };
};

describe('a policy', () => {
  it('is the same in a list, behind a task, behind each of its views and in with', () => {
    const { client, marks } = setUp();
    const a = marked('a');
    const task = client.get('http://h/');
    const faces: Observable<unknown>[] = [
      client.with(a).get('http://h/'),
      task.pipe(a),
      task.response.pipe(a),
      task.events.pipe(a),
      task.bytes.pipe(a),
      task.with(a),
      task.response.with(a),
    ];
    const told = faces.map((face) => tell(face).lines.at(-1));
    expect([told, marks()]).toEqual([faces.map(() => 'complete'), faces.map(() => 'a')]);
  });

  it('stays a view behind a view, so that the next policy knows the request too', () => {
    const { client, marks } = setUp();
    const piped = client.get<number>('http://h/').pipe(
      marked('a'),
      marked('b'),
      map((value) => value + 1),
    );
    expect(tell(piped).lines).toEqual(['8', 'complete']);
    expect(marks()).toEqual(['ba']);
    expect(client.get('http://h/').pipe(marked('a'))).toBeInstanceOf(TaskView);
    expect(client.get('http://h/').with(marked('a')).bytes).toBeInstanceOf(TaskView);
  });

  it('works as a plain operator behind one that hides the request, if it can', () => {
    const both = policy({
      name: 'both',
      intercept: (request, next) => next(request),
      operate: (source) => source.pipe(tap(() => seen++)),
    });
    let seen = 0;
    expect(
      tell(
        setUp()
          .client.get('http://h/')
          .pipe(
            map((value) => value),
            both,
          ),
      ).lines,
    ).toEqual(['7', 'complete']);
    expect([tell(of(1, 2).pipe(both)).lines, seen]).toEqual([['1', '2', 'complete'], 3]);
  });

  it('that cannot says so, by name, when the pipe is built', () => {
    const { client, marks } = setUp();
    const build = (): unknown =>
      client.get('http://h/').pipe(
        map((value) => value),
        marked('needy'),
      );
    expect(build).toThrow(
      new TypeError(
        "needy needs the request: put it right after the task, as in client.get(url).pipe(needy(…), map(…)), or into the client's interceptors",
      ),
    );
    expect(() => marked('needy')(5 as never)).toThrow(TypeError);
    expect([marks(), marked('needy').name]).toEqual([[], 'needy']);
  });

  it('knows a view of another copy of the package', () => {
    const { client } = setUp();
    const foreign = Object.assign(new Observable(), {
      [Symbol.for('coldwire.TaskView')]: true,
      with: () => client.get('http://h/'),
    });
    expect(tell(foreign.pipe(marked('a'))).lines).toEqual(['7', 'complete']);
  });
});
