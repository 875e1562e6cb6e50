import { describe, expect, it } from '@jest/globals';
import {
  NEVER,
  Observable,
  Subject,
  finalize,
  lastValueFrom,
  merge,
  of,
  range,
  take,
  toArray,
} from 'rxjs';
import { lines } from '../../src/decode/lines.js';
import { HeaderFields, type TaskEvent, type TaskRequest, createClient } from '../../src/index.js';
import { oneByOne } from '../../src/task/one-by-one.js';

function handDriven() {
  const events = new Subject<TaskEvent>();
  let request: TaskRequest | undefined;
  const client = createClient({ factory: { make: (made) => ((request = made), events) } });
  const head: TaskEvent = {
    type: 'head',
    head: { status: 200, statusText: '', headers: HeaderFields.empty, url: '' },
  };
  return {
    client,
    start: () => {
      events.next(head);
    },
    chunk: (text: string) => {
      events.next({ type: 'chunk', bytes: new TextEncoder().encode(text) });
    },
    end: () => {
      events.complete();
    },
    held: () => request?.flow?.paused,
    events,
  };
}

/** A server that goes on within the opening of the gate, and stops where it is shut. */
function obedient(chunks: readonly string[]) {
  const server = { sent: 0, client: createClient({ factory: { make } }) };
  function make({ flow }: TaskRequest): Observable<TaskEvent> {
    return new Observable((subscriber) => {
      subscriber.next({
        type: 'head',
        head: { status: 200, statusText: '', headers: HeaderFields.empty, url: '' },
      });
      const go = (): void => {
        while (flow?.paused === false && server.sent < chunks.length) {
          const bytes = new TextEncoder().encode(chunks[server.sent++]);
          subscriber.next({ type: 'chunk', bytes });
        }
        if (flow?.paused === false) subscriber.complete();
      };
      flow?.listen(go);
      go();
    });
  }
  return server;
}

describe('oneByOne', () => {
  it('holds the server back while a chunk is being worked on, and lets it go on after (PEERS 51)', () => {
    const server = handDriven();
    const work: Subject<string>[] = [];
    const seen: string[] = [];
    server.client
      .get('http://t/')
      .bytes.pipe(
        oneByOne(() => {
          const one = new Subject<string>();
          work.push(one);
          return one;
        }),
      )
      .subscribe((value) => seen.push(value));
    server.start();
    const states = [server.held()];
    server.chunk('a');
    states.push(server.held());
    work[0]?.next('done');
    work[0]?.complete();
    states.push(server.held());
    expect([states, seen]).toEqual([[false, true, false], ['done']]);
  });

  it('holds the server back also behind lines()', () => {
    const server = handDriven();
    const work = new Subject<void>();
    server.client
      .get('http://t/')
      .bytes.pipe(
        lines(),
        oneByOne(() => work),
      )
      .subscribe();
    server.start();
    server.chunk('one\ntwo\n');
    expect(server.held()).toBe(true);
  });

  it('works on one value at a time, in order, and completes after the last', async () => {
    let running = 0;
    const result = of(3, 1, 2).pipe(
      oneByOne(async (value) => {
        expect(++running).toBe(1);
        await Promise.resolve();
        running -= 1;
        return value * 10;
      }),
    );
    expect(await lastValueFrom(result.pipe(toArray()))).toEqual([30, 10, 20]);
  });

  it('does not deepen the stack for work that is done at once', async () => {
    const sum = range(1, 100_000).pipe(oneByOne((value): Observable<number> => of(value)));
    expect(await lastValueFrom(sum)).toBe(100_000);
  });

  it('leaves the work and the source when it is unsubscribed', () => {
    const [source, work] = [new Subject<number>(), new Subject<number>()];
    const subscription = source.pipe(oneByOne(() => work)).subscribe();
    source.next(1);
    expect([source.observed, work.observed]).toEqual([true, true]);
    subscription.unsubscribe();
    expect([source.observed, work.observed]).toEqual([false, false]);
  });

  it('fails with what the work fails with, and leaves the source', () => {
    const source = new Subject<number>();
    const errors: unknown[] = [];
    source
      .pipe(
        oneByOne(() => {
          throw new Error('full');
        }),
      )
      .subscribe({ error: (error: unknown) => errors.push(error) });
    source.next(1);
    expect([errors, source.observed]).toEqual([[new Error('full')], false]);
  });

  it('fails with what the work of a value that had to wait throws (L4)', () => {
    const source = new Subject<number>();
    const first = new Subject<void>();
    const errors: unknown[] = [];
    const work = (value: number): Observable<void> => {
      if (value === 2) throw new Error('full');
      return first;
    };
    source.pipe(oneByOne(work)).subscribe({ error: (error: unknown) => errors.push(error) });
    source.next(1);
    source.next(2);
    first.complete();
    expect([errors, source.observed]).toEqual([[new Error('full')], false]);
  });

  it('leaves work that is begun within which it is left (L10)', () => {
    let left = 0;
    const work = (): Observable<number> => merge(of(1), NEVER).pipe(finalize(() => (left += 1)));
    of('a', 'b').pipe(oneByOne(work), take(1)).subscribe();
    expect(left).toBe(1);
  });

  it('stops work without an end that is left in its own burst (L10)', () => {
    let made = 0;
    const work = (): Observable<number> =>
      new Observable((subscriber) => {
        while (!subscriber.closed && made < 1000) subscriber.next(made++);
      });
    of('a').pipe(oneByOne(work), take(3)).subscribe();
    expect(made).toBe(3);
  });

  it('does not deepen the stack for a server that goes on within the opening of its gate (L10)', () => {
    const server = obedient(Array.from({ length: 50_000 }, () => 'x'));
    let done = 0;
    let ends = 0;
    server.client
      .get('http://t/')
      .bytes.pipe(oneByOne(() => of(done++)))
      .subscribe({ complete: () => (ends += 1) });
    expect([done, ends]).toEqual([50_000, 1]);
  });

  it.each([
    ['at once', (line: string) => of(line)],
    ['later', (line: string) => Promise.resolve(line)],
  ])(
    'loses no line to a server that goes on within the opening of its gate, with work done %s (L10)',
    async (_when, work) => {
      const server = obedient(['a\nb\nc', 'd\ne\nf', 'g\nh']);
      const seen = server.client.get('http://t/').bytes.pipe(lines(), oneByOne(work), toArray());
      expect(await lastValueFrom(seen)).toEqual(['a', 'b', 'cd', 'e', 'fg', 'h']);
    },
  );

  it('holds a server that goes on within the opening of its gate back for each chunk (L10)', () => {
    const server = obedient(['a\nb\n', 'c\nd\n', 'e\nf\n']);
    const work: Subject<void>[] = [];
    const begin = (): Subject<void> => {
      const one = new Subject<void>();
      work.push(one);
      return one;
    };
    server.client.get('http://t/').bytes.pipe(lines(), oneByOne(begin)).subscribe();
    const sent = [server.sent];
    for (let at = 0; at < 6; at++) {
      work[at]?.complete();
      sent.push(server.sent);
    }
    expect(sent).toEqual([1, 1, 2, 2, 3, 3, 3]);
  });

  it('names the work that is none', () => {
    expect(() => oneByOne(undefined as never)).toThrow(/oneByOne\.project/);
  });
});
