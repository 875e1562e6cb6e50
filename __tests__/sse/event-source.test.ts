import { describe, expect, it } from '@jest/globals';
import { type Observable, map, take } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type DataTaskPublisher, type Interceptor, type TaskRequest, createClient, deadline, isTaskError } from '../../src/index.js';
import { eventSource } from '../../src/sse/event-source.js';
import { reconnectDelayMs } from '../../src/sse/reconnect.js';
import { withEventSource } from '../../src/sse/with-event-source.js';
import { answer } from '../../src/testing/index.js';

const SSE = { 'content-type': 'text/event-stream' };
const stream = (text: string): DataTaskPublisher => answer.text(200, text, { headers: SSE });
const virtual = (): TestScheduler => new TestScheduler((actual, expected) => { expect(actual).toEqual(expected); });

/** A client whose server gives these answers in turn, the last one for ever. */
function inTurn(...answers: readonly ((request: TaskRequest) => DataTaskPublisher)[]) {
  const requests: TaskRequest[] = [];
  const make = (request: TaskRequest): DataTaskPublisher => {
    const give = answers[Math.min(requests.push(request), answers.length) - 1];
    return give?.(request) ?? answer.hang();
  };
  return { client: createClient({ baseUrl: 'http://t', factory: { make }, random: () => 0.5 }), requests };
}

const stop = () => answer.status(204);
const data = (source: Observable<{ data: string }>): Observable<string> => source.pipe(map((event) => event.data));

describe('eventSource', () => {
  it('goes on after an end from the last id, and completes at 204', () => {
    virtual().run(({ expectObservable, flush }) => {
      const { client, requests } = inTurn(() => stream('id: 1\ndata: a\n\nid: 2\ndata: b\n\n'), () => stream('data: c\n\n'), stop);
      expectObservable(data(eventSource(client, '/feed'))).toBe('(ab) 2996ms c 2999ms |');
      flush();
      expect(requests.map((request) => request.headers.get('last-event-id'))).toEqual([undefined, '2', '2']);
      expect(requests.map((request) => request.headers.get('accept'))).toEqual(Array(3).fill('text/event-stream'));
    });
  });

  it('waits as long as the server asks by retry, and no longer than the cap (B15)', () => {
    virtual().run(({ expectObservable }) => {
      const { client } = inTurn(() => stream('retry: 7\ndata: a\n\n'), () => stream('retry: 999999999999\ndata: b\n\n'), stop);
      expectObservable(data(eventSource(client, '/feed'))).toBe('a 6ms b 299999ms |');
    });
  });

  it('reconnects after a cut with a growing pause, and starts anew once it was open', () => {
    virtual().run(({ expectObservable }) => {
      const cut = () => answer.fail('CONNECTION_RESET');
      const { client } = inTurn(cut, cut, () => stream('data: a\n\n'), stop);
      const notices = eventSource(client, '/feed', { retryMs: 100 }).notices.pipe(map((notice) => (notice.type === 'waiting' ? notice.delayMs : notice.type)));
      expectObservable(notices).toBe('(cx) 96ms (cy) 146ms (coez) 94ms (c|)', { c: 'connecting', o: 'open', e: 'event', x: 100, y: 150, z: 100 });
    });
  });

  it('sends an id beyond ASCII as its UTF-8 bytes', () => {
    virtual().run(({ expectObservable, flush }) => {
      const { client, requests } = inTurn(() => stream('id: ü\ndata: a\n\n'), stop);
      expectObservable(data(eventSource(client, '/feed', { retryMs: 1 }))).toBe('a|');
      flush();
      expect(requests[1]?.headers.get('last-event-id')).toBe('\u00c3\u00bc');
    });
  });

  it('fails for good at another status or media type', () => {
    for (const [give, code] of [[() => answer.status(403), 'STATUS_403'], [() => answer.json(200, 1), 'DECODE_MEDIA_TYPE'], [() => answer.status(201, { headers: SSE }), 'STATUS_201']] as const) {
      virtual().run(({ expectObservable }) => {
        expectObservable(data(eventSource(inTurn(give).client, '/feed'))).toBe('#', null, expect.objectContaining({ code }));
      });
    }
  });

  it('sends nothing more once unsubscribed during the pause', () => {
    virtual().run(({ expectObservable, flush }) => {
      const { client, requests } = inTurn(() => stream('data: a\n\n'));
      expectObservable(data(eventSource(client, '/feed')), '^ 2998ms !').toBe('a');
      flush();
      expect(requests).toHaveLength(1);
    });
  });

  it('delivers and sends nothing after unsubscribing inside a handler', () => {
    virtual().run(({ flush }) => {
      const { client, requests } = inTurn(() => stream('data: a\n\ndata: b\n\n'));
      const seen: string[] = [];
      data(eventSource(client, '/feed')).pipe(take(1)).subscribe((value) => seen.push(value));
      flush();
      expect([seen, requests.length]).toEqual([['a'], 1]);
    });
  });

  it('runs the interceptors anew for each connection: a token that changed meanwhile goes along (B16)', () => {
    virtual().run(({ expectObservable, flush }) => {
      const { client, requests } = inTurn(() => stream('data: a\n\n'), stop);
      let token = 0;
      const auth: Interceptor = (request, next) => next(request.clone({ headers: request.headers.set('authorization', `Bearer ${String(token++)}`) }));
      expectObservable(data(eventSource(client.with(auth), '/feed', { retryMs: 1 }))).toBe('a|');
      flush();
      expect(requests.map((request) => request.headers.get('authorization'))).toEqual(['Bearer 0', 'Bearer 1']);
    });
  });

  it('is not ended by the total deadline of its client, but by its own watch over silence', () => {
    virtual().run(({ expectObservable }) => {
      const { client } = inTurn(() => answer.drip(['data: a\n\n', 'data: b\n\n'], 900, { headers: SSE } as never), stop);
      expectObservable(data(eventSource(client.with(deadline(1_000)), '/feed', { retryMs: 1 }))).toBe('900ms a 899ms b |');
    });
    virtual().run(({ expectObservable }) => {
      const { client } = inTurn(() => answer.hang(), stop);
      const kinds = eventSource(client, '/feed', { retryMs: 1, idleMs: 50 }).notices.pipe(map((notice) => (notice.type === 'waiting' ? notice.cause?.code : notice.type)));
      expectObservable(kinds).toBe('c 49ms w (c|)', { c: 'connecting', w: 'TIMEOUT_IDLE' });
    });
  });

  it('fails with a limit error beyond the bound of an event, and does not reconnect', () => {
    const { client, requests } = inTurn(() => stream(`data: ${'x'.repeat(500)}\n\n`));
    const errors: unknown[] = [];
    eventSource(client, '/feed', { maxEventBytes: 100 }).subscribe({ error: (error: unknown) => errors.push(error) });
    expect([isTaskError(errors[0], 'limit') && errors[0].which, requests.length]).toEqual(['event', 1]);
  });

  it('is a verb of a client that was given it, and its event names are typed', () => {
    const client = withEventSource(inTurn(() => stream('event: tick\ndata: 1\n\n')).client);
    const seen: ('tick' | 'news')[] = [];
    client.eventSource<'tick' | 'news'>('/feed').pipe(take(1)).subscribe(({ event }) => seen.push(event));
    expect(seen).toEqual(['tick']);
  });

  it('refuses what is no option, naming it', () => {
    const { client } = inTurn(stop);
    expect(() => eventSource(client, '/feed', { retryMs: -1 })).toThrow(/eventSource\.retryMs/);
    expect(() => eventSource(client, '/feed', { retries: 1 } as never)).toThrow(/retries/);
  });
});

describe('reconnectDelayMs', () => {
  it('lies between the base and the cap, whatever the failures', () => {
    for (let failures = 0; failures < 60; failures++) {
      for (const random of [0, 0.5, 0.999]) {
        const delayMs = reconnectDelayMs({ baseMs: 1000, maxMs: 300_000, failures }, () => random);
        expect(delayMs).toBeGreaterThanOrEqual(1000);
        expect(delayMs).toBeLessThanOrEqual(300_000);
      }
    }
  });
});
