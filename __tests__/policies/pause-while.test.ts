import { describe, expect, it } from '@jest/globals';
import {
  BehaviorSubject,
  NEVER,
  Observable,
  concat,
  map,
  merge,
  of,
  shareReplay,
  startWith,
  throwError,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  HeaderFields,
  type TaskEvent,
  type TaskRequest,
  createClient,
  isTaskError,
} from '../../src/index.js';
import { RESUMES, pauseWhile } from '../../src/policies/pause-while.js';
import { eventSource } from '../../src/sse/event-source.js';
import { answer } from '../../src/testing/index.js';

const virtual = (): TestScheduler =>
  new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });

/** A server that has answered with a head and one chunk, and goes on for ever. */
function endless(requests: TaskRequest[], left: () => void) {
  const head: TaskEvent = {
    type: 'head',
    head: { status: 200, statusText: '', headers: HeaderFields.empty, url: '' },
  };
  return (request: TaskRequest): Observable<TaskEvent> => {
    requests.push(request);
    const events = concat(
      of<TaskEvent[]>({ type: 'sent', attempt: 1 }, head, {
        type: 'chunk',
        bytes: Uint8Array.of(1),
      }) as unknown as Observable<TaskEvent>,
      NEVER,
    );
    return new Observable((subscriber) => {
      subscriber.add(left);
      return events.subscribe(subscriber);
    });
  };
}

describe('pauseWhile', () => {
  it('sends nothing before the pause is over', () => {
    virtual().run(({ expectObservable, cold }) => {
      const client = createClient({ factory: { make: () => answer.json(200, 1) } });
      const paused$ = cold('100ms f', { f: false }).pipe(startWith(true));
      expectObservable(client.get('http://t/').pipe(pauseWhile(paused$))).toBe('100ms (a|)', {
        a: 1,
      });
    });
  });

  it('shuts the flow of a running response while paused, and opens it again', () => {
    const requests: TaskRequest[] = [];
    const paused$ = new BehaviorSubject(false);
    const client = createClient({ factory: { make: endless(requests, () => undefined) } });
    const subscription = client.get('http://t/').bytes.pipe(pauseWhile(paused$)).subscribe();
    const flow = requests[0]?.flow;
    const seen = [flow?.paused];
    for (const paused of [true, false]) {
      paused$.next(paused);
      seen.push(flow?.paused);
    }
    subscription.unsubscribe();
    expect(seen).toEqual([false, true, false]);
  });

  it('lets an idempotent request go past the grace, and asks again at the end of the pause', () => {
    virtual().run(({ expectObservable, cold, flush }) => {
      const attempts: number[] = [];
      const make = (request: TaskRequest): Observable<TaskEvent> => {
        attempts.push(request.attempt);
        return answer.json(200, attempts.length, { delayMs: 50 });
      };
      const paused$ = cold('f 9ms t 99ms f', { t: true, f: false });
      expectObservable(
        createClient({ factory: { make } })
          .get('http://t/')
          .pipe(pauseWhile(paused$, { graceMs: 20 })),
      ).toBe('160ms (a|)', { a: 2 });
      flush();
      expect(attempts).toEqual([1, 2]);
    });
  });

  it('keeps a POST and a delivered stream on the line however long the pause is', () => {
    virtual().run(({ cold, flush }) => {
      let left = 0;
      const requests: TaskRequest[] = [];
      const client = createClient({ factory: { make: endless(requests, () => (left += 1)) } });
      const paused$ = cold('f 9ms t', { t: true, f: false });
      const subscriptions = [client.post('http://t/', 'x'), client.get('http://t/').bytes].map(
        (task: Observable<unknown>) => task.pipe(pauseWhile(paused$, { graceMs: 20 })).subscribe(),
      );
      flush();
      expect([requests.length, left]).toEqual([2, 0]);
      for (const subscription of subscriptions) subscription.unsubscribe();
      expect(left).toBe(2);
    });
  });

  it('ends a delivered stream past the grace when its consumer resumes', () => {
    virtual().run(({ cold, flush }) => {
      const errors: unknown[] = [];
      const client = createClient({ factory: { make: endless([], () => undefined) } });
      const paused$ = cold('f 9ms t', { t: true, f: false });
      client
        .get('http://t/', { context: [RESUMES.of(true)] })
        .bytes.pipe(pauseWhile(paused$, { graceMs: 20 }))
        .subscribe({ error: (error: unknown) => errors.push(error) });
      flush();
      expect(errors.map((error) => isTaskError(error, 'network') && error.code)).toEqual([
        'PAUSED',
      ]);
    });
  });

  it('lets a stream go that resumes although its method is not idempotent', () => {
    virtual().run(({ cold, flush }) => {
      const errors: unknown[] = [];
      const client = createClient({ factory: { make: () => answer.hang() } });
      client
        .post('http://t/', 'x', { context: [RESUMES.of(true)] })
        .bytes.pipe(pauseWhile(cold('f 9ms t', { t: true, f: false }), { graceMs: 20 }))
        .subscribe({ error: (error: unknown) => errors.push(error) });
      flush();
      expect(errors.map((error) => isTaskError(error, 'network') && error.code)).toEqual([
        'PAUSED',
      ]);
    });
  });

  it('fails with what the pause fails with, and sends nothing', () => {
    const requests: TaskRequest[] = [];
    const client = createClient({ factory: { make: endless(requests, () => undefined) } });
    const errors: unknown[] = [];
    client
      .get('http://t/')
      .pipe(pauseWhile(throwError(() => new Error('no sensor'))))
      .subscribe({ error: (error: unknown) => errors.push(error) });
    expect([errors, requests]).toEqual([[new Error('no sensor')], []]);
  });

  it('stays as it was when the pause completes', () => {
    virtual().run(({ expectObservable }) => {
      const client = createClient({ factory: { make: () => answer.json(200, 1) } });
      expectObservable(client.get('http://t/').pipe(pauseWhile(of(true, false)))).toBe('(a|)', {
        a: 1,
      });
      expectObservable(client.get('http://t/').pipe(pauseWhile(of(true)))).toBe('');
    });
  });

  it('lets an event source go while nobody looks, and goes on from its last id (B15)', () => {
    virtual().run(({ cold, expectObservable, flush }) => {
      const ids: (string | undefined)[] = [];
      const make = (request: TaskRequest): Observable<TaskEvent> => {
        ids.push(request.headers.get('last-event-id'));
        return ids.length === 1
          ? merge(
              answer.text(200, 'id: 7\ndata: a\n\n', {
                headers: { 'content-type': 'text/event-stream' },
              }),
              NEVER,
            )
          : answer.status(204);
      };
      const paused$ = cold('f 9ms t 99ms f', { t: true, f: false });
      const client = createClient({
        factory: { make },
        interceptors: [
          pauseWhile(paused$.pipe(shareReplay({ bufferSize: 1, refCount: false })), {
            graceMs: 20,
          }),
        ],
      });
      expectObservable(
        eventSource(client, 'http://t/', { retryMs: 5 }).pipe(map(({ data }) => data)),
      ).toBe('a 109ms |');
      flush();
      expect(ids).toEqual([undefined, '7']);
    });
  });

  it('leaves no listener on the pause and clears the grace once unsubscribed', () => {
    virtual().run(({ flush }) => {
      const paused$ = new BehaviorSubject(false);
      const subscription = createClient({ factory: { make: () => answer.hang() } })
        .get('http://t/')
        .pipe(pauseWhile(paused$, { graceMs: 20 }))
        .subscribe();
      paused$.next(true);
      subscription.unsubscribe();
      flush();
      expect(paused$.observed).toBe(false);
    });
  });

  it('refuses a grace that is none', () => {
    expect(() => pauseWhile(NEVER, { graceMs: Number.NaN })).toThrow(/pauseWhile\.graceMs/);
    expect(() => pauseWhile(undefined as never)).toThrow(/pauseWhile\.paused\$/);
  });
});
