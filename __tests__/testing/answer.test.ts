import { describe, expect, it } from '@jest/globals';
import { type Observable, VirtualTimeScheduler, take } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { createClient, isTaskError, taskError } from '../../src/index.js';
import { answer } from '../../src/testing/index.js';
import { tell } from './told.js';

const told = (source: Observable<unknown>): string[] => tell(source).lines;
const run = (test: (helpers: RunHelpers) => void): void => {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);
};

describe('an answer', () => {
  it('is the grammar of one exchange, within subscribe', () => {
    expect(told(answer.json(200, { a: 1 }))).toEqual([
      'sent 1',
      'head 200',
      'chunk {"a":1}',
      'complete',
    ]);
    expect(told(answer.text(404, 'no'))).toEqual(['sent 1', 'head 404', 'chunk no', 'complete']);
    expect(told(answer.bytes(200, new Uint8Array([65])))).toEqual([
      'sent 1',
      'head 200',
      'chunk A',
      'complete',
    ]);
  });

  it('has no chunk when it has no body', () => {
    expect(told(answer.status(204))).toEqual(['sent 1', 'head 204', 'complete']);
    expect(told(answer.text(200, ''))).toEqual(['sent 1', 'head 200', 'complete']);
  });

  it('is cold: each subscription is told everything', () => {
    const one = answer.json(200, 1);
    expect(told(one)).toEqual(told(one));
  });

  it('stops in mid-burst when its subscriber leaves', () => {
    expect(told(answer.json(200, 1).pipe(take(2)))).toEqual(['sent 1', 'head 200', 'complete']);
  });

  it('names the type of its body, unless the headers do', () => {
    const types: (string | undefined)[] = [];
    const client = createClient({
      factory: {
        make: ({ url }) =>
          url.endsWith('/own')
            ? answer.json(200, 1, {
                headers: { 'Content-Type': 'application/hal+json', ETag: '"1"' },
              })
            : answer.json(200, 1),
      },
    });
    for (const path of ['plain', 'own'])
      client
        .get(`http://t/${path}`)
        .response.subscribe(({ headers }) => types.push(headers.get('content-type')));
    expect(types).toEqual(['application/json', 'application/hal+json']);
  });

  it('is given the attempt and the URL of the request that it answers', () => {
    const seen: unknown[] = [];
    const client = createClient({
      factory: { make: () => answer.json(200, 1) },
      interceptors: [(request, next) => next(request.clone({ attempt: 4 }))],
    });
    client
      .get('http://t/x?y=1')
      .events.subscribe((event) =>
        seen.push(
          event.type === 'sent'
            ? event.attempt
            : event.type === 'head'
              ? event.head.url
              : event.type,
        ),
      );
    expect(seen).toEqual([4, 'http://t/x?y=1', 'chunk']);
  });

  it('keeps a URL that it was given', () => {
    const urls: string[] = [];
    createClient({ factory: { make: () => answer.status(204, { url: 'http://t/end' }) } })
      .get('http://t/')
      .response.subscribe(({ url }) => urls.push(url));
    expect(urls).toEqual(['http://t/end']);
  });

  it('waits delayMs between sent and the head, in virtual time', () => {
    run(({ expectObservable }) => {
      expectObservable(answer.json(200, 1, { delayMs: 60_000 })).toBe('s 59999ms (hc|)', {
        s: { type: 'sent', attempt: 1 },
        h: expect.objectContaining({ type: 'head' }),
        c: { type: 'chunk', bytes: new TextEncoder().encode('1') },
      });
    });
  });

  it('takes its time from a scheduler of the test', () => {
    const scheduler = new VirtualTimeScheduler();
    const { lines } = tell(answer.json(200, 1, { delayMs: 10, scheduler }));
    expect(lines).toEqual(['sent 1']);
    scheduler.flush();
    expect(lines).toEqual(['sent 1', 'head 200', 'chunk 1', 'complete']);
    expect(scheduler.now()).toBe(10);
  });

  it('clears its timer when it is unsubscribed', () => {
    run(({ expectObservable }) => {
      expectObservable(answer.json(200, 1, { delayMs: 5 }), '^--!').toBe('s---', {
        s: { type: 'sent', attempt: 1 },
      });
    });
  });

  it.each([
    ['a status of 99', () => answer.status(99), 'status'],
    ['a broken header', () => answer.status(200, { headers: { a: 'b\r\nc: d' } }), 'headers.a'],
    ['a negative delay', () => answer.status(200, { delayMs: -1 }), 'delayMs'],
    [
      'an option that it does not know',
      () => answer.status(200, { delay: 1 } as object),
      'answer.delay',
    ],
    ['a count that is none', () => answer.cutAfter(-1, answer.status(200)), 'byteCount'],
    ['an interval that is none', () => answer.drip([], NaN), 'everyMs'],
  ])('refuses %s when it is made', (_what, make, field) => {
    expect(make).toThrow(expect.objectContaining({ kind: 'request', field }));
  });
});

describe('answer.fail', () => {
  it.each([
    ['CONNECTION_REFUSED', false],
    ['DNS_FAILED', false],
    ['CONNECTION_RESET', true],
  ])('is the network error %s, sent %s', (code, sent) => {
    const seen: unknown[] = [];
    createClient({ factory: { make: () => answer.fail(code) } })
      .get('http://t/')
      .subscribe({ error: (error: unknown) => seen.push(error) });
    expect(seen).toEqual([
      expect.objectContaining({
        kind: 'network',
        code,
        sent,
        request: expect.objectContaining({ url: 'http://t/' }),
      }),
    ]);
  });

  it('fails with any other value as it is', () => {
    const cause = new Error('boom');
    expect(told(answer.fail(cause))).toEqual(['sent 1', 'error Error: boom']);
    const known = taskError('timeout', { phase: 'idle', afterMs: 1 }, { code: 'TIMEOUT_IDLE' });
    expect(told(answer.fail(known))).toEqual(['sent 1', 'error timeout TIMEOUT_IDLE']);
  });

  it('can take its time', () => {
    run(({ expectObservable }) => {
      expectObservable(answer.fail('boom!', { delayMs: 3 })).toBe(
        's--#',
        { s: { type: 'sent', attempt: 1 } },
        expect.objectContaining({ code: 'boom!' }),
      );
    });
  });
});

describe('answer.hang', () => {
  it('is sent, and then nothing', () => {
    expect(told(answer.hang())).toEqual(['sent 1']);
  });
});

describe('answer.cutAfter', () => {
  const body = answer.json(200, [1, 2]);

  it.each([
    [0, ['sent 1', 'head 200', 'error network BODY_TRUNCATED']],
    [2, ['sent 1', 'head 200', 'chunk [1', 'error network BODY_TRUNCATED']],
    [5, ['sent 1', 'head 200', 'chunk [1,2]', 'error network BODY_TRUNCATED']],
    [9, ['sent 1', 'head 200', 'chunk [1,2]', 'error network BODY_TRUNCATED']],
  ])('breaks off after %i bytes', (bytes, lines) => {
    expect(told(answer.cutAfter(bytes, body))).toEqual(lines);
  });

  it('counts over chunks', () => {
    run(({ expectObservable }) => {
      const events = {
        s: expect.anything(),
        h: expect.anything(),
        c: { type: 'chunk', bytes: new TextEncoder().encode('ab') },
        d: { type: 'chunk', bytes: new TextEncoder().encode('c') },
      };
      expectObservable(answer.cutAfter(3, answer.drip(['ab', 'cd'], 5))).toBe(
        '(sh) 1ms c 4ms (d#)',
        events,
        expect.objectContaining({ code: 'BODY_TRUNCATED' }),
      );
    });
  });

  it('never lets a part of a body become a value', () => {
    const seen: unknown[] = [];
    createClient({ factory: { make: () => answer.cutAfter(1, answer.json(200, 12)) } })
      .get('http://t/')
      .subscribe({
        next: (value) => seen.push(value),
        error: (error: unknown) => seen.push(isTaskError(error, 'network')),
      });
    expect(seen).toEqual([true]);
  });
});

describe('answer.drip', () => {
  it('sends a chunk every so often and ends with the last one', () => {
    run(({ expectObservable }) => {
      const kinds = answer.drip(['a', 'b'], 10);
      expectObservable(kinds).toBe('(sh) 6ms a 9ms (b|)', {
        s: { type: 'sent', attempt: 1 },
        h: expect.objectContaining({ type: 'head' }),
        a: { type: 'chunk', bytes: new TextEncoder().encode('a') },
        b: { type: 'chunk', bytes: new TextEncoder().encode('b') },
      });
    });
  });

  it('ends at once when there is nothing to send', () => {
    expect(told(answer.drip([], 10))).toEqual(['sent 1', 'head 200', 'complete']);
  });

  it('stops when its subscriber leaves', () => {
    run(({ expectObservable }) => {
      expectObservable(answer.drip(['a', 'b'], 10), '^ 12ms !').toBe('(sh) 6ms a', {
        s: expect.anything(),
        h: expect.anything(),
        a: expect.anything(),
      });
    });
  });
});
