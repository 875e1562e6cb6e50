import { describe, expect, it } from '@jest/globals';
import { Observable, of } from 'rxjs';
import {
  HeaderFields,
  type TaskErrorOf,
  type TaskEvent,
  createClient,
  isTaskError,
  retryTransient,
} from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

const moved = answer.status(302, { headers: { location: '/end' } });

describe('the caller’s own code behind a head', () => {
  it.each([
    [
      'acceptStatus',
      '/end',
      {},
      {
        acceptStatus: () => {
          throw new TypeError('mine');
        },
      },
    ],
    [
      'the guard of redirects',
      '/x',
      {
        redirect: {
          allow: () => {
            throw new TypeError('mine');
          },
        },
      },
      {},
    ],
  ])('passes as it is when %s throws: a bug is not tried again', (_what, path, client, request) => {
    const fake = fakeFactory({ '/x': moved, '/end': answer.status(204) });
    const errors: unknown[] = [];
    createClient({ factory: fake, interceptors: [retryTransient({ baseDelayMs: 0 })], ...client })
      .get(`http://h${path}`, request)
      .subscribe({ error: (error: unknown) => errors.push(error) });
    expect([
      errors.map(String),
      errors.map((error) => isTaskError(error)),
      fake.subscribed,
      fake.active,
    ]).toEqual([['TypeError: mine'], [false], 1, 0]);
  });
});

describe('which answers are errors', () => {
  it.each([
    [200, 'complete'],
    [299, 'complete'],
    [300, 'error status STATUS_300'],
    [404, 'error status STATUS_404'],
    [599, 'error status STATUS_599'],
  ])('%i ends with %s', (status, end) => {
    expect(
      tell(
        createClient({ factory: fakeFactory(() => answer.status(status)) }).get('http://h/'),
      ).lines.at(-1),
    ).toBe(end);
  });

  it('acceptStatus decides otherwise, and the answer is a value like others', () => {
    const task = createClient({
      factory: fakeFactory(() => answer.json(404, { error: 'none' })),
    }).get('http://h/', { acceptStatus: (status) => status === 404 });
    const responses: unknown[] = [];
    task.response.subscribe(({ status, body }) => responses.push([status, body]));
    expect([tell(task).lines, responses]).toEqual([
      ['{"error":"none"}', 'complete'],
      [[404, { error: 'none' }]],
    ]);
  });

  it('the error of a refused stream has the body, and nothing of it went by (B12)', () => {
    const task = createClient({
      factory: fakeFactory(() => answer.text(410, 'gone for good')),
    }).get('http://h/');
    const errors: TaskErrorOf<'status'>[] = [];
    const heard: unknown[] = [];
    for (const view of [task.bytes, task.events] as Observable<unknown>[])
      view.subscribe({
        next: (value) => heard.push(value),
        error: (error: unknown) => errors.push(error as TaskErrorOf<'status'>),
      });
    expect(
      errors.map(({ status, response }) => [
        status,
        response.status,
        new TextDecoder().decode(response.body),
      ]),
    ).toEqual([
      [410, 410, 'gone for good'],
      [410, 410, 'gone for good'],
    ]);
    expect(heard).toEqual([{ type: 'sent', attempt: 1 }]);
  });

  it('a refusal whose body breaks off is a refusal all the same, with what came', () => {
    const errors: TaskErrorOf<'status'>[] = [];
    createClient({ factory: fakeFactory(() => answer.cutAfter(4, answer.text(503, 'busy now'))) })
      .get('http://h/')
      .subscribe({ error: (error: unknown) => errors.push(error as TaskErrorOf<'status'>) });
    expect(
      errors.map(({ code, response }) => [code, new TextDecoder().decode(response.body)]),
    ).toEqual([['STATUS_503', 'busy']]);
  });
});

describe('a length that is told', () => {
  const told = (length: string, method = 'GET'): string[] =>
    tell(
      createClient({
        factory: fakeFactory(() => answer.status(200, { headers: { 'content-length': length } })),
        limits: { bufferedBytes: 10 },
      }).request({ method, url: 'http://h/' }),
    ).lines;

  it.each([
    ['10', 'complete'],
    ['11', 'error limit LIMIT_RESPONSE'],
    ['5, 5', 'complete'],
    ['much', 'complete'],
    ['-1', 'complete'],
  ])('of %j ends with %s', (length, end) => {
    expect(told(length).at(-1)).toBe(end);
  });

  it('bounds no accepted 304, whose length is that of what is not sent', () => {
    const unchanged = answer.status(304, { headers: { 'content-length': '11' } });
    const client = createClient({
      factory: fakeFactory(() => unchanged),
      limits: { bufferedBytes: 10 },
    });
    const task = client.get('http://h/', { acceptStatus: (status) => status === 304 });
    expect(tell(task).lines.at(-1)).toBe('complete');
  });

  it('bounds no answer to HEAD, which has no body, and no coded one, which is longer or shorter', () => {
    expect(told('11', 'HEAD')).toEqual(['null', 'complete']);
    const coded = answer.status(200, {
      headers: { 'content-length': '11', 'content-encoding': 'gzip' },
    });
    expect(
      tell(
        createClient({ factory: fakeFactory(() => coded), limits: { bufferedBytes: 10 } }).get(
          'http://h/',
        ),
      ).lines,
    ).toEqual(['null', 'complete']);
  });
});

it('a second sent forgets the answer before it', () => {
  const head = (status: number): TaskEvent => ({
    type: 'head',
    head: { status, statusText: '', headers: HeaderFields.empty, url: '' },
  });
  const sent: TaskEvent = { type: 'sent', attempt: 1 };
  const chunk: TaskEvent = { type: 'chunk', bytes: new TextEncoder().encode('1') };
  const twice = (...events: TaskEvent[]): string[] =>
    tell(
      createClient({ factory: { make: () => of(...events) }, limits: { bufferedBytes: 1 } }).get(
        'http://h/',
      ),
    ).lines;
  expect(twice(sent, head(200), chunk, sent, head(200), chunk)).toEqual(['1', 'complete']);
  expect(twice(sent, head(503), chunk, sent, head(200), chunk)).toEqual(['1', 'complete']);
  expect(twice(sent, head(200), chunk, sent)).toEqual(['error network NO_RESPONSE']);
});

it('leaving a refused answer in the middle of its body is silent', () => {
  let closed = false;
  const half = new Observable<TaskEvent>((subscriber) => {
    const subscription = answer
      .text(500, 'half')
      .subscribe({ next: (event) => subscriber.next(event) });
    return () => {
      closed = true;
      subscription.unsubscribe();
    };
  });
  const { lines, unsubscribe } = tell(
    createClient({ factory: { make: () => half } }).get('http://h/'),
  );
  unsubscribe();
  expect([lines, closed]).toEqual([[], true]);
});
