import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import {
  type DataTaskPublisherFactory,
  type TaskRequest,
  createClient,
  isTaskError,
} from 'coldwire';
import { COOKIES, type CookieJarLike, cookieJar } from 'coldwire/cookies';
import { answer } from 'coldwire/testing';
import { Observable, defer, firstValueFrom, lastValueFrom } from 'rxjs';
import { CookieJar } from 'tough-cookie';
import { withAtWire } from '../../src/task/at-wire.js';

/** A server that sets what it is told to, and says what it got. */
function world(set: (request: TaskRequest, n: number) => readonly string[] | undefined): {
  factory: DataTaskPublisherFactory;
  sent: (string | undefined)[];
} {
  const sent: (string | undefined)[] = [];
  const make = (request: TaskRequest) =>
    defer(() => {
      sent.push(request.headers.get('cookie'));
      const lines = set(request, sent.length);
      const to = new URL(request.url).searchParams.get('to');
      const headers = {
        ...(lines === undefined ? {} : { 'set-cookie': lines }),
        ...(to === null ? {} : { location: to }),
      };
      return to === null
        ? answer.json(200, sent.length, { headers })
        : answer.status(307, { headers });
    });
  return { factory: { make }, sent };
}

/** What goes along with the second request, after the first has set this. */
async function after(
  first: string,
  lines: readonly string[],
  second: string,
  jar?: CookieJarLike,
): Promise<string | undefined> {
  const { factory, sent } = world((_request, n) => (n === 1 ? lines : undefined));
  const client = createClient({ factory, interceptors: [cookieJar(jar)] });
  await firstValueFrom(client.get(first));
  await firstValueFrom(client.get(second));
  return sent[1];
}

describe('which cookies go along', () => {
  it.each([
    ['the same host', 'https://a.example.com/', 'k=1', 'https://a.example.com/x', 'k=1'],
    ['not a host beside it', 'https://a.example.com/', 'k=1', 'https://b.example.com/', undefined],
    [
      'a domain and its hosts',
      'https://a.example.com/',
      'k=1; Domain=example.com',
      'https://b.example.com/',
      'k=1',
    ],
    [
      'not the domain of somebody else',
      'https://a.example.com/',
      'k=1; Domain=other.com',
      'https://other.com/',
      undefined,
    ],
    ['not a public suffix', 'https://a.co.uk/', 'k=1; Domain=co.uk', 'https://b.co.uk/', undefined],
    ['the path and below', 'https://a.com/in/', 'k=1; Path=/in', 'https://a.com/in/deep', 'k=1'],
    ['not beside the path', 'https://a.com/in/', 'k=1; Path=/in', 'https://a.com/inner', undefined],
    ['Secure over TLS', 'https://a.com/', 'k=1; Secure', 'https://a.com/', 'k=1'],
    ['not Secure over plain HTTP', 'https://a.com/', 'k=1; Secure', 'http://a.com/', undefined],
    ['no Secure from plain HTTP', 'http://a.com/', 'k=1; Secure', 'https://a.com/', undefined],
    ['HttpOnly', 'https://a.com/', 'k=1; HttpOnly', 'https://a.com/', 'k=1'],
    ['nothing expired', 'https://a.com/', 'k=1; Max-Age=0', 'https://a.com/', undefined],
    [
      'nothing of yesterday',
      'https://a.com/',
      'k=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'https://a.com/',
      undefined,
    ],
    [
      '__Host- as it must be',
      'https://a.com/',
      '__Host-k=1; Secure; Path=/',
      'https://a.com/',
      '__Host-k=1',
    ],
    [
      'not a __Host- for a domain',
      'https://a.b.com/',
      '__Host-k=1; Secure; Path=/; Domain=b.com',
      'https://a.b.com/',
      undefined,
    ],
    [
      'any SameSite where the application asks',
      'https://a.com/',
      'k=1; SameSite=Strict',
      'https://a.com/',
      'k=1',
    ],
    [
      'nothing that browsers find too long',
      'https://a.com/',
      `k=${'x'.repeat(9000)}`,
      'https://a.com/',
      undefined,
    ],
    [
      'values as they came, never decoded',
      'https://a.com/',
      'k=%0D%0AX: 1',
      'https://a.com/',
      'k=%0D%0AX: 1',
    ],
  ] as const)('%s', async (_what, first, line, second, expected) => {
    expect(await after(first, [line], second)).toBe(expected);
  });

  it('what was set over TLS is not replaced from plain HTTP', async () => {
    const lines = [['sid=right; Secure'], ['sid=wrong', 'other=1'], undefined];
    const { factory, sent } = world((_request, n) => lines[n - 1]);
    const client = createClient({ factory, interceptors: [cookieJar()] });
    for (const scheme of ['https', 'http', 'https'])
      await firstValueFrom(client.get(`${scheme}://a.com/`));
    expect(sent[2]?.split('; ').sort()).toEqual(['other=1', 'sid=right']);
  });

  it('another site that redirects here gets no SameSite cookie to go along, also by a detour', async () => {
    const lines = [
      'strict=1; SameSite=Strict',
      'lax=1; SameSite=Lax',
      'none=1; SameSite=None; Secure',
    ];
    const { factory, sent } = world((_request, n) => (n === 1 ? lines : undefined));
    const client = createClient({ factory, interceptors: [cookieJar()] });
    await firstValueFrom(client.get('https://www.a.com/'));
    const back = 'https://www.a.com/transfer';
    const via = (origin: string): string => `${origin}/?to=${encodeURIComponent(back)}`;
    await firstValueFrom(client.get(via('https://evil.com')));
    expect(sent[2]).toBe('lax=1; none=1');
    await firstValueFrom(client.post(via('https://evil.com')));
    expect(sent[4]).toBe('none=1');
    await firstValueFrom(
      client.post(`https://www.a.com/?to=${encodeURIComponent(via('https://evil.com'))}`),
    );
    expect(sent.slice(5)).toEqual(['strict=1; lax=1; none=1', undefined, 'none=1']);
    await firstValueFrom(client.post(via('https://login.a.com')));
    expect(sent.at(-1)).toBe('strict=1; lax=1; none=1');
  });
});

describe('what a request says for itself', () => {
  it('one with a Cookie of its own is sent as it is, and what it gets is kept', async () => {
    const { factory, sent } = world((_request, n) => [`n=${String(n)}`]);
    const client = createClient({ factory, interceptors: [cookieJar()] });
    await firstValueFrom(client.get('https://a.com/'));
    await firstValueFrom(client.get('https://a.com/', { headers: { Cookie: 'mine=1' } }));
    await firstValueFrom(client.get('https://a.com/'));
    expect(sent).toEqual([undefined, 'mine=1', 'n=2']);
  });

  it('COOKIES.of(false): none goes along, and none is kept', async () => {
    const { factory, sent } = world((_request, n) => [`n=${String(n)}`]);
    const client = createClient({ factory, interceptors: [cookieJar()] });
    await firstValueFrom(client.get('https://a.com/'));
    await firstValueFrom(client.get('https://a.com/', { context: [COOKIES.of(false)] }));
    await firstValueFrom(client.get('https://a.com/'));
    expect(sent).toEqual([undefined, undefined, 'n=1']);
  });

  it('two policies share nothing; one that two clients share is one', async () => {
    const { factory, sent } = world(() => ['k=1']);
    const shared = cookieJar();
    const ask = (jar: ReturnType<typeof cookieJar>): Promise<unknown> =>
      firstValueFrom(createClient({ factory, interceptors: [jar] }).get('https://a.com/'));
    await ask(shared);
    await ask(cookieJar());
    await ask(shared);
    expect(sent).toEqual([undefined, undefined, 'k=1']);
  });
});

describe('a jar that is given', () => {
  it('is the one that is used', async () => {
    const jar = new CookieJar();
    await jar.setCookie('given=1', 'https://a.com/');
    expect(await after('https://a.com/', ['k=1'], 'https://a.com/', jar)).toBe('given=1; k=1');
    expect(await jar.getCookieString('https://a.com/')).toBe('given=1; k=1');
  });

  it('is waited for before a head is told, and everything behind it keeps its order', async () => {
    let stored: () => void = () => undefined;
    const kept = new Promise<void>((resolve) => (stored = resolve));
    const jar: CookieJarLike = { getCookies: async () => [], setCookie: () => kept };
    const headers = { 'set-cookie': 'k=1' };
    const factory = { make: () => answer.text(200, 'body', { headers }) };
    const seen: string[] = [];
    const done = new Promise<void>((resolve) => {
      createClient({ factory, interceptors: [cookieJar(jar)] })
        .get('https://a.com/')
        .events.subscribe({
          next: ({ type }) => {
            seen.push(type);
            if (type === 'sent') setImmediate(() => stored());
          },
          complete: resolve,
        });
    });
    await done;
    expect(seen).toEqual(['sent', 'head', 'chunk']);
  });

  const fails = (): Promise<never> => Promise.reject(new Error('disk'));
  const unreadable: CookieJarLike = { getCookies: fails, setCookie: async () => undefined };
  const full: CookieJarLike = { getCookies: async () => [], setCookie: fails };
  it.each([
    ['read', unreadable],
    ['written', full],
  ])('that cannot be %s fails the task with a typed error', async (what, jar) => {
    const { factory } = world(() => ['k=secret-value']);
    const client = createClient({ factory, interceptors: [cookieJar(jar)] });
    const error = await lastValueFrom(client.get('https://a.com/')).catch(
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({
      kind: 'auth',
      code: 'COOKIE_JAR_FAILED',
      message: `GET https://a.com/: the cookie jar could not be ${what}`,
    });
    expect(inspect(error)).not.toContain('secret-value');
  });

  it('with a cookie that no header field can hold sends the others', async () => {
    const jar: CookieJarLike = {
      getCookies: async () =>
        ['a=1', 'b=\r\nX: 1', 'c=3'].map((text) => ({
          key: text[0]!,
          secure: false,
          cookieString: () => text,
        })),
      setCookie: async () => undefined,
    };
    const { factory, sent } = world(() => undefined);
    const client = createClient({ factory, interceptors: [cookieJar(jar)] });
    await firstValueFrom(client.get('https://a.com/'));
    expect(sent).toEqual(['a=1; c=3']);
  });

  it('is refused at once when it is none', () => {
    const make = (): unknown => cookieJar({} as CookieJarLike);
    expect(make).toThrow(
      expect.objectContaining({ kind: 'request', field: 'cookieJar.getCookies' }),
    );
  });
});

describe('leaving and failing', () => {
  it('who leaves while the jar is read sends nothing', async () => {
    let read!: (cookies: []) => void;
    const jar: CookieJarLike = {
      getCookies: () => new Promise((resolve) => (read = resolve)),
      setCookie: async () => undefined,
    };
    const { factory, sent } = world(() => undefined);
    const client = createClient({ factory, interceptors: [cookieJar(jar)] });
    client.get('https://a.com/').subscribe().unsubscribe();
    read([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toEqual([]);
  });

  it('leaving closes the exchange', async () => {
    let closed = false;
    const make = () => new Observable<never>(() => () => (closed = true));
    const client = createClient({ factory: { make }, interceptors: [cookieJar()] });
    const task = client.get('https://a.com/').subscribe();
    await new Promise((resolve) => setImmediate(resolve));
    task.unsubscribe();
    expect(closed).toBe(true);
  });

  it('no error shows a cookie that went along, though the server echoes it', async () => {
    const jar = new CookieJar();
    await jar.setCookie('sid=s3cr3t-session', 'https://a.com/');
    const make = (request: TaskRequest) =>
      answer.text(500, `sorry, ${String(request.headers.get('cookie'))}`, {
        headers: { 'content-type': 'text/plain', 'x-echo': String(request.headers.get('cookie')) },
      });
    const client = createClient({ factory: { make }, interceptors: [cookieJar(jar)] });
    const error = await lastValueFrom(client.get('https://a.com/')).catch(
      (cause: unknown) => cause,
    );
    expect(isTaskError(error, 'status')).toBe(true);
    expect(JSON.stringify(error)).toContain('sorry');
    expect(
      `${JSON.stringify(error)}${inspect(error)}${String((error as Error).stack)}`,
    ).not.toContain('s3cr3t-session');
  });

  it('a name of 100,000 characters costs nothing (CVE-2026-44496)', async () => {
    const started = process.cpuUsage();
    await after('https://a.com/', ['('.repeat(100_000), '=;'.repeat(50_000)], 'https://a.com/');
    expect(process.cpuUsage(started).user).toBeLessThan(200_000);
  });
});

describe('at the wire', () => {
  it('one within the other: both see each exchange', async () => {
    const calls: string[] = [];
    const client = createClient({
      factory: { make: () => answer.json(200, 1) },
      interceptors: ['outer', 'inner'].map(
        (name) => (request, next) =>
          next(
            withAtWire(request, (sent, go) => {
              calls.push(name);
              return go(sent);
            }),
          ),
      ),
    });
    await firstValueFrom(client.get('https://a.com/'));
    expect(calls).toEqual(['outer', 'inner']);
  });
});
