import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import {
  BehaviorSubject,
  type Observable,
  defer,
  finalize,
  map,
  of,
  queueScheduler,
  take,
} from 'rxjs';
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

  it('asks on under a scheduler that calls back at once, and leaves nothing behind (L10)', () => {
    let asked = 0;
    const client = createClient({
      factory: { make: () => answer.json(200, asked++) },
      scheduler: queueScheduler,
    });
    const seen: unknown[] = [];
    client
      .get('http://t/')
      .pipe(poll({ everyMs: 0 }), take(3))
      .subscribe((value) => seen.push(value));
    expect([seen, asked]).toEqual([[0, 1, 2], 3]);
  });

  it('ends at once when its signal aborts between two requests, and leaves no listener on it', () => {
    virtual().run(({ expectObservable, cold, flush }) => {
      const controller = new AbortController();
      const { client, requests } = taggedServer(99);
      cold('50ms x').subscribe(() => {
        controller.abort();
      });
      expectObservable(
        client.get('/', { signal: controller.signal }).pipe(poll({ everyMs: 1000 })),
      ).toBe('a 49ms #', { a: '"one"' }, expect.objectContaining({ kind: 'aborted' }));
      flush();
      expect([requests.length, getEventListeners(controller.signal, 'abort')]).toEqual([1, []]);
    });
  });

  it('sends the tag of an answer back with GET and HEAD alone: elsewhere it would be a condition', () => {
    virtual().run(({ expectObservable, flush }) => {
      const { client, requests } = taggedServer(99);
      expectObservable(client.post('/', {}).pipe(poll({ everyMs: 10 })), '^ 15ms !').toBe(
        'a 9ms a',
        { a: '"one"' },
      );
      flush();
      expect(requests.map(({ headers }) => headers.get('if-none-match'))).toEqual([
        undefined,
        undefined,
      ]);
    });
  });

  it('says that it needs the request where an operator hides it', () => {
    expect(() => of(1).pipe(poll({ everyMs: 1 }))).toThrow(TypeError);
    expect(() => poll({ everyMs: -1 })).toThrow(/poll\.everyMs/);
  });
});
