import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { Observable, concat, map, of, queueScheduler, take, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  type Client,
  type DataTaskPublisher,
  HeaderFields,
  type Interceptor,
  type TaskError,
  type TaskEvent,
  type TaskRequest,
  createClient,
  deadline,
  isTaskError,
  retryTransient,
} from '../../src/index.js';
import { eventSource } from '../../src/sse/event-source.js';
import { reconnectDelayMs } from '../../src/sse/reconnect.js';
import { withEventSource } from '../../src/sse/with-event-source.js';
import { answer } from '../../src/testing/index.js';

const SSE = { 'content-type': 'text/event-stream' };
const stream = (text: string): DataTaskPublisher => answer.text(200, text, { headers: SSE });
const virtual = (): TestScheduler =>
  new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });

/** A client whose server gives these answers in turn, the last one for ever. */
function inTurn(...answers: readonly ((request: TaskRequest) => DataTaskPublisher)[]) {
  const requests: TaskRequest[] = [];
  const make = (request: TaskRequest): DataTaskPublisher => {
    const give = answers[Math.min(requests.push(request), answers.length) - 1];
    return give?.(request) ?? answer.hang();
  };
  return {
    client: createClient({ baseUrl: 'http://t', factory: { make }, random: () => 0.5 }),
    requests,
  };
}

const stop = () => answer.status(204);
const data = (source: Observable<{ data: string }>): Observable<string> =>
  source.pipe(map((event) => event.data));

describe('eventSource', () => {
  it('goes on after an end from the last id, and completes at 204', () => {
    virtual().run(({ expectObservable, flush }) => {
      const { client, requests } = inTurn(
        () => stream('id: 1\ndata: a\n\nid: 2\ndata: b\n\n'),
        () => stream('data: c\n\n'),
        stop,
      );
      expectObservable(data(eventSource(client, '/feed'))).toBe('(ab) 2996ms c 2999ms |');
      flush();
      expect(requests.map((request) => request.headers.get('last-event-id'))).toEqual([
        undefined,
        '2',
        '2',
      ]);
      expect(requests.map((request) => request.headers.get('accept'))).toEqual(
        Array(3).fill('text/event-stream'),
      );
    });
  });

  it('waits as long as the server asks by retry, and no longer than the cap (B15)', () => {
    virtual().run(({ expectObservable }) => {
      const { client } = inTurn(
        () => stream('retry: 7\ndata: a\n\n'),
        () => stream('retry: 999999999999\ndata: b\n\n'),
        stop,
      );
      expectObservable(data(eventSource(client, '/feed'))).toBe('a 6ms b 299999ms |');
    });
  });

  it('reconnects after a cut with a growing pause, and starts anew once it was open', () => {
    virtual().run(({ expectObservable }) => {
      const cut = () => answer.fail('CONNECTION_RESET');
      const { client } = inTurn(cut, cut, () => stream('data: a\n\n'), stop);
      const notices = eventSource(client, '/feed', { retryMs: 100 }).notices.pipe(
        map((notice) => (notice.type === 'waiting' ? notice.delayMs : notice.type)),
      );
      expectObservable(notices).toBe('(cx) 96ms (cy) 146ms (coez) 94ms (c|)', {
        c: 'connecting',
        o: 'open',
        e: 'event',
        x: 100,
        y: 150,
        z: 100,
      });
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
    for (const [give, code] of [
      [() => answer.status(403), 'STATUS_403'],
      [() => answer.json(200, 1), 'DECODE_MEDIA_TYPE'],
      [() => answer.status(201, { headers: SSE }), 'STATUS_201'],
    ] as const) {
      virtual().run(({ expectObservable }) => {
        expectObservable(data(eventSource(inTurn(give).client, '/feed'))).toBe(
          '#',
          null,
          expect.objectContaining({ code }),
        );
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
      data(eventSource(client, '/feed'))
        .pipe(take(1))
        .subscribe((value) => seen.push(value));
      flush();
      expect([seen, requests.length]).toEqual([['a'], 1]);
    });
  });

  it('runs the interceptors anew for each connection: a token that changed meanwhile goes along (B16)', () => {
    virtual().run(({ expectObservable, flush }) => {
      const { client, requests } = inTurn(() => stream('data: a\n\n'), stop);
      let token = 0;
      const auth: Interceptor = (request, next) =>
        next(
          request.clone({
            headers: request.headers.set('authorization', `Bearer ${String(token++)}`),
          }),
        );
      expectObservable(data(eventSource(client.with(auth), '/feed', { retryMs: 1 }))).toBe('a|');
      flush();
      expect(requests.map((request) => request.headers.get('authorization'))).toEqual([
        'Bearer 0',
        'Bearer 1',
      ]);
    });
  });

  it('is not ended by the total deadline of its client, but by its own watch over silence', () => {
    virtual().run(({ expectObservable }) => {
      const { client } = inTurn(
        () => answer.drip(['data: a\n\n', 'data: b\n\n'], 900, { headers: SSE } as never),
        stop,
      );
      expectObservable(
        data(eventSource(client.with(deadline(1_000)), '/feed', { retryMs: 1 })),
      ).toBe('900ms a 899ms b |');
    });
    virtual().run(({ expectObservable }) => {
      const { client } = inTurn(() => answer.hang(), stop);
      const kinds = eventSource(client, '/feed', { retryMs: 1, idleMs: 50 }).notices.pipe(
        map((notice) => (notice.type === 'waiting' ? notice.cause?.code : notice.type)),
      );
      expectObservable(kinds).toBe('c 49ms w (c|)', { c: 'connecting', w: 'TIMEOUT_IDLE' });
    });
  });

  it('fails with a limit error beyond the bound of an event, and does not reconnect', () => {
    const { client, requests } = inTurn(() => stream(`data: ${'x'.repeat(500)}\n\n`));
    const errors: unknown[] = [];
    eventSource(client, '/feed', { maxEventBytes: 100 }).subscribe({
      error: (error: unknown) => errors.push(error),
    });
    expect([isTaskError(errors[0], 'limit') && errors[0].which, requests.length]).toEqual([
      'event',
      1,
    ]);
  });

  it('is not ended by any deadline of its client over the whole: it is one on the time to the head', () => {
    const canonical = (client: Client): Client =>
      client.with(deadline(2_000), retryTransient({ maxAttempts: 1 }), deadline(1_000));
    virtual().run(({ expectObservable }) => {
      const { client } = inTurn(
        () =>
          answer.drip(['data: a\n\n', 'data: b\n\n', 'data: c\n\n'], 900, {
            headers: SSE,
          } as never),
        stop,
      );
      expectObservable(data(eventSource(canonical(client), '/feed', { retryMs: 1 }))).toBe(
        '900ms a 899ms b 899ms c |',
      );
    });
    virtual().run(({ expectObservable }) => {
      const { client } = inTurn(() => answer.hang(), stop);
      const kinds = eventSource(canonical(client), '/feed', { retryMs: 1 }).notices.pipe(
        map((notice) => (notice.type === 'waiting' ? notice.cause?.code : notice.type)),
      );
      expectObservable(kinds).toBe('c 999ms w (c|)', { c: 'connecting', w: 'TIMEOUT_RESPONSE' });
    });
  });

  it('completes at the head of a 204, whatever becomes of its connection', () => {
    virtual().run(({ expectObservable }) => {
      const make = (): DataTaskPublisher =>
        concat(
          of<TaskEvent[]>(
            { type: 'sent', attempt: 1 },
            {
              type: 'head',
              head: { status: 204, statusText: '', headers: HeaderFields.empty, url: '' },
            },
          ),
          throwError(() => new Error('reset')),
        );
      expectObservable(eventSource(createClient({ factory: { make } }), 'http://t/feed')).toBe('|');
    });
  });

  it('is an error of the source, and no crash, when the id cannot be sent back', () => {
    virtual().run(({ expectObservable }) => {
      const { client } = inTurn(() => stream('id: a\u0001\ndata: a\n\n'));
      expectObservable(data(eventSource(client, '/feed', { retryMs: 5 }))).toBe(
        'a 4ms #',
        { a: 'a' },
        expect.objectContaining({ kind: 'request', field: 'headers.last-event-id' }),
      );
    });
  });

  it('sends an id of any length', () => {
    virtual().run(({ expectObservable, flush }) => {
      const id = 'x'.repeat(300_000);
      const { client, requests } = inTurn(() => stream(`id: ${id}\ndata: a\n\n`), stop);
      expectObservable(data(eventSource(client, '/feed', { retryMs: 1 }))).toBe('a|');
      flush();
      expect(requests[1]?.headers.get('last-event-id')).toBe(id);
    });
  });

  it('ends at once when its signal aborts, in a pause too, and leaves no listener on it', () => {
    virtual().run(({ expectObservable, flush, cold }) => {
      const controller = new AbortController();
      const { client, requests } = inTurn(() => stream('data: a\n\n'));
      cold('100ms x').subscribe(() => {
        controller.abort('enough');
      });
      expectObservable(data(eventSource(client, '/feed', { signal: controller.signal }))).toBe(
        'a 99ms #',
        { a: 'a' },
        expect.objectContaining({ kind: 'aborted', reason: 'enough' }),
      );
      flush();
      expect([requests.length, getEventListeners(controller.signal, 'abort')]).toEqual([1, []]);
    });
    const notices: unknown[] = [];
    eventSource(inTurn(stop).client, '/feed', { signal: AbortSignal.abort() }).notices.subscribe({
      next: (notice) => notices.push(notice),
      error: ({ kind }: TaskError) => notices.push(kind),
    });
    expect(notices).toEqual(['aborted']);
  });

  it('reconnects under a scheduler that calls back at once (L10)', () => {
    const { client, requests } = inTurn(
      () => stream('retry: 0\ndata: a\n\n'),
      () => stream('data: b\n\n'),
      stop,
    );
    const seen: string[] = [];
    data(eventSource(client.with({ scheduler: queueScheduler }), '/feed')).subscribe({
      next: (value) => seen.push(value),
      complete: () => seen.push('end'),
    });
    expect([seen, requests.length]).toEqual([['a', 'b', 'end'], 3]);
  });

  it('speaks of its request when it fails', () => {
    for (const give of [() => answer.json(200, 1), () => stream(`data: ${'x'.repeat(99)}\n\n`)]) {
      let url: string | undefined;
      eventSource(inTurn(give).client, '/feed', { maxEventBytes: 20 }).subscribe({
        error: (error: TaskError) => (url = error.request?.url),
      });
      expect(url).toBe('http://t/feed');
    }
  });

  it('leaves no subscription behind over a thousand connections (A21)', () => {
    let open = 0;
    const make = (): DataTaskPublisher =>
      new Observable((subscriber) => {
        open += 1;
        subscriber.add(() => (open -= 1));
        return stream('retry: 0\ndata: a\n\n').subscribe(subscriber);
      });
    const client = createClient({ factory: { make }, scheduler: queueScheduler });
    let most = 0;
    let seen = 0;
    eventSource(client, 'http://t/')
      .pipe(take(1000))
      .subscribe(() => ((seen += 1), (most = Math.max(most, open))));
    // The one that has just ended may still be on the stack.
    expect([seen, most <= 2, open]).toEqual([1000, true, 0]);
  });

  it('is a verb of a client that was given it, and its event names are typed', () => {
    const client = withEventSource(inTurn(() => stream('event: tick\ndata: 1\n\n')).client);
    const seen: ('tick' | 'news')[] = [];
    client
      .eventSource<'tick' | 'news'>('/feed')
      .pipe(take(1))
      .subscribe(({ event }) => seen.push(event));
    expect(seen).toEqual(['tick']);
    expect(typeof client.with(deadline(1)).eventSource).toBe('function');
  });

  it('refuses what is no option, naming it', () => {
    const { client } = inTurn(stop);
    expect(() => eventSource(client, '/feed', { retryMs: -1 })).toThrow(/eventSource\.retryMs/);
    expect(() => eventSource(client, '/feed', { retries: 1 } as never)).toThrow(/retries/);
    expect(() => eventSource(client, '/feed', { lastEventId: 7 as never })).toThrow(
      /eventSource\.lastEventId/,
    );
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
