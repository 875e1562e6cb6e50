import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, type Observable, defer, finalize, map, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type TaskEvent, type TaskRequest, createClient } from '../../src/index.js';
import { pauseWhile } from '../../src/policies/pause-while.js';
import { poll } from '../../src/policies/poll.js';
import { answer } from '../../src/testing/index.js';

const virtual = (): TestScheduler =>
  new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });

/** A server whose value changes at its `changesAt`th request, and that speaks ETag. */
function taggedServer(changesAt: number) {
  const requests: TaskRequest[] = [];
  const client = createClient({
    baseUrl: 'http://t',
    factory: {
      make: (request) => {
        requests.push(request);
        const tag = requests.length < changesAt ? '"one"' : '"two"';
        return request.headers.get('if-none-match') === tag
          ? answer.status(304, { headers: { etag: tag } })
          : answer.json(200, tag, { headers: { etag: tag } });
      },
    },
  });
  return { client, requests };
}

describe('poll', () => {
  it('emits what is new and nothing for a 304: ten requests, one change, two values', () => {
    virtual().run(({ expectObservable }) => {
      const { client } = taggedServer(6);
      expectObservable(client.get('/').pipe(poll({ everyMs: 10 })), '^ 95ms !').toBe('a 49ms b', {
        a: '"one"',
        b: '"two"',
      });
    });
  });

  it('asks every so often and sends nothing more once unsubscribed', () => {
    virtual().run(({ expectObservable, flush }) => {
      const { client, requests } = taggedServer(1);
      expectObservable(client.get('/').pipe(poll({ everyMs: 10 })), '^ 34ms !').toBe('a', {
        a: '"two"',
      });
      flush();
      expect(requests).toHaveLength(4);
    });
  });

  it('never overlaps: a slow answer delays the next request', () => {
    virtual().run(({ expectObservable, flush }) => {
      let running = 0;
      let most = 0;
      const make = (): Observable<TaskEvent> =>
        defer(() => {
          most = Math.max(most, ++running);
          return answer.json(200, 1, { delayMs: 25 }).pipe(finalize(() => (running -= 1)));
        });
      const counted = createClient({ factory: { make } });
      expectObservable(counted.get('http://t/').pipe(poll({ everyMs: 10 })), '^ 80ms !').toBe(
        '25ms a 24ms a 24ms a',
        { a: 1 },
      );
      flush();
      expect(most).toBe(1);
    });
  });

  it('ends with the first failure', () => {
    virtual().run(({ expectObservable }) => {
      const client = createClient({ factory: { make: () => answer.status(500) } });
      expectObservable(
        client.get('http://t/').pipe(
          poll({ everyMs: 10 }),
          map(() => 1),
        ),
      ).toBe('#', null, expect.objectContaining({ code: 'STATUS_500' }));
    });
  });

  it('rests while it is paused, and goes on at the end of the pause', () => {
    virtual().run(({ expectObservable, cold, flush }) => {
      const { client, requests } = taggedServer(99);
      const paused$ = new BehaviorSubject(false);
      cold('---- 11ms p 99ms g', { p: true, g: false }).subscribe((value) => {
        paused$.next(value);
      });
      expectObservable(
        client.get('/').pipe(pauseWhile(paused$), poll({ everyMs: 10 })),
        '^ 130ms !',
      ).toBe('a', { a: '"one"' });
      flush();
      expect(requests).toHaveLength(4);
    });
  });

  it('says that it needs the request where an operator hides it', () => {
    expect(() => of(1).pipe(poll({ everyMs: 1 }))).toThrow(TypeError);
    expect(() => poll({ everyMs: -1 })).toThrow(/poll\.everyMs/);
  });
});
