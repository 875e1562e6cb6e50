import { afterEach, describe, expect, it } from '@jest/globals';
import { Subject, map, of } from 'rxjs';
import {
  type Client,
  type ClientOptions,
  type TaskError,
  type TaskEvent,
  RETRY,
  asBytes,
  authenticate,
  bearer,
  createClient,
  deadline,
  isTaskError,
  retryTransient,
} from '../../../src/index.js';
import { pauseWhile } from '../../../src/streams/index.js';
import { RESUME, resumeDownload } from '../../../src/transfers/index.js';
import { everywhere, factories } from '../../promises/factories.js';
import { outcomeOf } from '../../promises/outcome.js';
import { type FaultServer, type Script, faultServer } from '../../support/fault-server.js';
import { answerRange, bytesOf, digestField, inTurn, sha256 } from '../../support/range-answers.js';

const BYTES = bytesOf(50_000);
const FILM = { bytes: BYTES, etag: '"v1"' };
const OTHER = { bytes: bytesOf(40_000, 2), etag: '"v2"' };

const servers: FaultServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** A server of these answers in turn, and a client that pauses for nothing. */
async function meet(
  scripts: readonly Script[],
  options: Partial<ClientOptions> = {},
): Promise<{ client: Client; server: FaultServer }> {
  const server = await faultServer(inTurn(...scripts));
  servers.push(server);
  const client = createClient({ baseUrl: server.url, random: () => 0, ...options });
  return { client, server };
}

const serves =
  (
    ...[version, departure]: Parameters<typeof answerRange> extends [unknown, ...infer R]
      ? R
      : never
  ): Script =>
  (exchange) =>
    answerRange(exchange, version, departure);

/** What a stream delivered until its end, whichever it is. */
async function streamed(client: Client, policy = resumeDownload()) {
  const { values, completed, error } = await outcomeOf(client.get('/film').bytes.pipe(policy));
  return { bytes: Buffer.concat(values), completed, error: error as TaskError | undefined };
}

const asked = ({ exchanges }: FaultServer): (string | undefined)[] =>
  exchanges.map(({ request }) => request.headers['range']);

describe('a resumed download', () => {
  it.each(['cut', 'reset'] as const)(
    'delivers each byte once over answers that end by %s, asking from the last one delivered',
    async (then) => {
      const { client, server } = await meet([
        serves(FILM, { upTo: 10_000, then }),
        serves(FILM, { upTo: 1, then }),
        serves(FILM, { upTo: 0, then }),
        serves(FILM),
      ]);
      const { bytes, completed } = await streamed(client);
      expect(completed).toBe(true);
      expect(sha256(bytes)).toBe(sha256(BYTES));
      const [first, ...others] = server.exchanges.map(({ request }) => request.headers);
      expect(first).not.toHaveProperty('range');
      expect(first).toMatchObject({ 'accept-encoding': 'identity' });
      expect(others).toHaveLength(3);
      for (const one of others)
        expect(one).toMatchObject({ 'if-range': '"v1"', 'accept-encoding': 'identity' });
      // What a reset throws away in the system's buffers was not delivered.
      const starts = asked(server)
        .slice(1)
        .map((range) => Number(/\d+/.exec(range ?? '')?.[0]));
      expect(starts).toEqual([...starts].sort((one, two) => one - two));
      if (then === 'cut') expect(starts).toEqual([10_000, 10_001, 10_001]);
    },
  );

  it.each(everywhere)('goes on over each of the ways to the wire: %s', async (way) => {
    const { client } = await meet(
      [
        serves(FILM, { upTo: 20_000 }),
        serves(FILM, { upTo: 10_000, then: 'reset' }),
        serves(FILM, { ignoresRange: true, upTo: 45_000 }),
        serves(FILM),
      ],
      { factory: factories[way]() },
    );
    const { bytes, completed } = await streamed(client);
    expect(completed).toBe(true);
    expect(bytes.equals(BYTES)).toBe(true);
  });

  it('begins anew for a first request that got no answer, and for one that got an error that passes', async () => {
    const { client, server } = await meet([
      (exchange) => exchange.reset(),
      (exchange) => exchange.respond(503),
      serves(FILM),
    ]);
    expect((await streamed(client)).bytes.equals(BYTES)).toBe(true);
    expect(asked(server)).toEqual([undefined, undefined, undefined]);
  });

  it('tells one sent and one head, a retrying for each pause, and progress over all', async () => {
    const { client } = await meet([serves(FILM, { upTo: 30_000 }), serves(FILM)]);
    const { values } = await outcomeOf(client.get('/film').events.pipe(resumeDownload()));
    const told = (type: TaskEvent['type']) => values.filter((event) => event.type === type);
    expect(told('sent')).toEqual([{ type: 'sent', attempt: 1 }]);
    expect(told('head')).toMatchObject([{ head: { status: 200 } }]);
    expect(told('retrying')).toMatchObject([
      { attempt: 2, delayMs: 0, cause: { code: 'BODY_TRUNCATED' } },
    ]);
    const loaded = told('download').map((event) => (event as { loaded: number }).loaded);
    expect(loaded).toEqual([...loaded].sort((one, two) => one - two));
    expect(told('download').at(-1)).toEqual({ type: 'download', loaded: 50_000, total: 50_000 });
  });

  it('goes on within a server that ignores Range, delivering nothing twice', async () => {
    const { client } = await meet([
      serves(FILM, { upTo: 10_000 }),
      serves(FILM, { ignoresRange: true, upTo: 5_000 }),
      serves(FILM, { ignoresRange: true, upTo: 20_000 }),
      serves(FILM, { ignoresRange: true }),
    ]);
    const { bytes, completed } = await streamed(client);
    expect(completed).toBe(true);
    expect(bytes.equals(BYTES)).toBe(true);
  });

  it.each([
    ['the whole of another version', serves(OTHER)],
    ['a part of another version, against If-Range', serves(OTHER, { ignoresIfRange: true })],
    ['a part of a whole of another length', serves({ ...FILM, bytes: bytesOf(60_000) })],
    ['the whole without a validator', serves({ bytes: BYTES })],
    [
      'a weak one of the same name',
      serves({ bytes: BYTES, etag: 'W/"v1"' }, { ignoresRange: true }),
    ],
    [
      'nothing behind the byte that is there',
      (exchange) => exchange.respond(416, { 'content-range': 'bytes */9000' }),
    ],
  ] as [string, Script][])('never goes on with %s: RESOURCE_CHANGED', async (_name, answer) => {
    const { client } = await meet([serves(FILM, { upTo: 10_000 }), answer]);
    const { bytes, error } = await streamed(client);
    expect(error).toMatchObject({ kind: 'decode', code: 'RESOURCE_CHANGED' });
    expect(error?.previous).toMatchObject([{ code: 'BODY_TRUNCATED' }]);
    expect(bytes.equals(BYTES.subarray(0, 10_000))).toBe(true);
  });

  it.each([
    ['the whole', serves(OTHER)],
    ['a part, against If-Range', serves(OTHER, { ignoresIfRange: true })],
    ['a 416', (exchange) => exchange.respond(416, { 'content-range': 'bytes */9000' })],
  ] as [string, Script][])(
    'begins anew where a body is collected and the other version came as %s, or fails when asked to',
    async (_name, answer) => {
      const scripts = [serves(FILM, { upTo: 10_000 }), answer, serves(OTHER)];
      const { client, server: one } = await meet(scripts);
      const task = client.get('/film', { decode: asBytes });
      const { values } = await outcomeOf(task.pipe(resumeDownload()));
      expect(sha256(values[0] as Uint8Array)).toBe(sha256(OTHER.bytes));
      await one.stop();
      const { client: again } = await meet(scripts);
      const { error } = await outcomeOf(
        again.get('/film', { decode: asBytes }).pipe(resumeDownload({ changed: 'fail' })),
      );
      expect(error).toMatchObject({ kind: 'decode', code: 'RESOURCE_CHANGED' });
    },
  );

  const part =
    (range: string, bytes: Uint8Array, more = {}): Script =>
    async (exchange) => {
      await exchange.head(206, {
        'content-range': range,
        'content-length': bytes.length,
        etag: '"v1"',
        ...more,
      });
      await exchange.raw(bytes);
      exchange.keepAlive();
    };

  it.each([
    ['a part that begins later', part('bytes 20000-49999/50000', BYTES.subarray(20_000))],
    ['a part that ends before', part('bytes 0-99/50000', BYTES.subarray(0, 100))],
    ['a Content-Range that contradicts itself', part('bytes 10000-9/50000', BYTES.subarray(0, 9))],
    ['a Content-Range of another length than the body', part('bytes 10000-49999/50000', BYTES)],
    ['no Content-Range', part('', BYTES.subarray(10_000))],
    ['items instead of bytes', part('items 10000-49999/50000', BYTES.subarray(10_000))],
    [
      'several ranges',
      part('bytes 10000-49999/50000', BYTES.subarray(10_000), {
        'content-type': 'multipart/byteranges; boundary=x',
      }),
    ],
    [
      'a coded part',
      part('bytes 10000-49999/50000', BYTES.subarray(10_000), { 'content-encoding': 'gzip' }),
    ],
    ['an answer that is neither whole nor part', (exchange) => exchange.respond(203, {}, 'x')],
  ] as [string, Script][])('delivers no byte of %s, and asks again', async (_name, answer) => {
    const { client, server } = await meet([serves(FILM, { upTo: 10_000 }), answer, serves(FILM)]);
    const { bytes, completed } = await streamed(client);
    expect(completed).toBe(true);
    expect(bytes.equals(BYTES)).toBe(true);
    expect(asked(server)).toEqual([undefined, 'bytes=10000-', 'bytes=10000-']);
    // And for ever: a typed error.
    const { client: poor } = await meet([serves(FILM, { upTo: 10_000 }), answer]);
    expect((await streamed(poor)).error).toMatchObject({ code: 'MALFORMED_RESPONSE' });
  });

  it('takes parts that overlap what is there, and parts smaller than asked for', async () => {
    const { client } = await meet([
      serves(FILM, { upTo: 10_000 }),
      part('bytes 8000-19999/50000', BYTES.subarray(8_000, 20_000)),
      part('bytes 20000-20000/*', BYTES.subarray(20_000, 20_001)),
      serves(FILM),
    ]);
    expect((await streamed(client)).bytes.equals(BYTES)).toBe(true);
  });

  it.each([
    ['a whole part', part('bytes 0-49999/50000', BYTES), true],
    ['a first part', part('bytes 0-99/50000', BYTES.subarray(0, 100)), false],
  ] as [string, Script, boolean][])(
    'takes 206 to a request for the whole only when it is the whole: %s',
    async (_name, answer, whole) => {
      const { client } = await meet([answer]);
      const { bytes, completed, error } = await streamed(client);
      expect(completed).toBe(whole);
      expect(bytes.length).toBe(whole ? BYTES.length : 0);
      if (!whole) expect(error).toMatchObject({ code: 'MALFORMED_RESPONSE' });
    },
  );

  it('is complete when a 416 says that there is no more', async () => {
    const { client } = await meet([serves(FILM, { upTo: 10_000 }), serves(FILM, { upTo: 40_000 })]);
    expect((await streamed(client)).completed).toBe(true);
    const { client: unsure } = await meet([
      serves(FILM, { upTo: 49_999 }),
      part('bytes 49999-49999/*', BYTES.subarray(49_999)),
      serves(FILM),
    ]);
    expect((await streamed(unsure)).bytes.equals(BYTES)).toBe(true);
  });

  it('goes on in a body that says that it is coded by nothing', async () => {
    const plain = { ...FILM, headers: { 'content-encoding': 'identity' } };
    const { client, server } = await meet([serves(plain, { upTo: 10_000 }), serves(plain)]);
    expect((await streamed(client)).bytes.equals(BYTES)).toBe(true);
    expect(asked(server)).toEqual([undefined, 'bytes=10000-']);
  });

  const minutesOld = (seconds: number) => ({
    'last-modified': 'Sun, 22 Nov 2026 10:00:00 GMT',
    date: `Sun, 22 Nov 2026 10:0${Math.floor(seconds / 60)}:0${seconds % 60} GMT`,
  });

  it.each([
    ['a weak ETag', { bytes: BYTES, etag: 'W/"v1"' }],
    ['no validator', { bytes: BYTES }],
    ['a date as young as the answer', { bytes: BYTES, headers: minutesOld(1) }],
    ['an old date beside a weak ETag', { bytes: BYTES, etag: 'W/"v1"', headers: minutesOld(60) }],
  ])('leaves the error of a stream with %s as it is', async (_name, version) => {
    const { client, server } = await meet([serves(version, { upTo: 10_000 }), serves(version)]);
    expect((await streamed(client)).error).toMatchObject({ code: 'BODY_TRUNCATED' });
    expect(asked(server)).toHaveLength(1);
  });

  it('goes on by a date that is a minute older than its answer', async () => {
    const old = { bytes: BYTES, headers: minutesOld(60) };
    const { client, server } = await meet([
      serves(old, { upTo: 10_000 }),
      serves(old, { ignoresIfRange: true }),
    ]);
    expect((await streamed(client)).bytes.equals(BYTES)).toBe(true);
    expect(server.exchanges[1]?.request.headers['if-range']).toBe('Sun, 22 Nov 2026 10:00:00 GMT');
  });

  it('begins a collected body anew that has no strong validator', async () => {
    const { client, server } = await meet([
      serves({ bytes: BYTES }, { upTo: 10_000 }),
      serves({ bytes: BYTES }),
    ]);
    const { values } = await outcomeOf(
      client.get('/film', { decode: asBytes }).pipe(resumeDownload()),
    );
    expect(sha256(values[0] as Uint8Array)).toBe(sha256(BYTES));
    expect(asked(server)).toEqual([undefined, undefined]);
  });

  it('resumes no answer that was coded against its asking', async () => {
    const { gzipSync } = await import('node:zlib');
    const coded = { bytes: gzipSync(BYTES), etag: '"v1"', headers: { 'content-encoding': 'gzip' } };
    const { client, server } = await meet([serves(coded, { upTo: 30_000 }), serves(coded)]);
    const { error, bytes, completed } = await streamed(client);
    expect(bytes.equals(BYTES.subarray(0, bytes.length))).toBe(true);
    // Where nothing of it was undone yet when it was cut, nothing was delivered: it is asked for anew.
    expect(completed).toBe(bytes.length === BYTES.length);
    if (!completed) expect(error).toMatchObject({ code: 'BODY_TRUNCATED' });
    expect(asked(server)).toEqual(completed ? [undefined, undefined] : [undefined]);
  });

  it.each(['sha-256', 'sha-512'] as const)(
    'verifies a %s of the whole over several answers',
    async (name) => {
      const right = { 'repr-digest': `md5=:AAAA:, ${digestField(BYTES, name)}` };
      const { client } = await meet([
        serves(FILM, { upTo: 10_000, headers: right }),
        serves(FILM, {
          headers: { ...right, 'content-digest': digestField(BYTES.subarray(10_000), name) },
        }),
      ]);
      expect((await streamed(client)).completed).toBe(true);
      const wrong = { 'repr-digest': digestField(OTHER.bytes, name) };
      const { client: lied } = await meet([
        serves(FILM, { upTo: 10_000, headers: wrong }),
        serves(FILM),
      ]);
      expect(await streamed(lied)).toMatchObject({
        completed: false,
        error: { kind: 'decode', code: 'DECODE_DIGEST' },
      });
    },
  );

  it('verifies the digest of each answer, and takes another digest of the whole for another version', async () => {
    const { client } = await meet([
      serves(FILM, { upTo: 10_000 }),
      serves(FILM, { headers: { 'content-digest': digestField(BYTES) } }),
    ]);
    expect((await streamed(client)).error).toMatchObject({ code: 'DECODE_DIGEST' });
    const { client: other } = await meet([
      serves(FILM, { upTo: 10_000, headers: { 'repr-digest': digestField(BYTES) } }),
      serves(FILM, { headers: { 'repr-digest': digestField(OTHER.bytes) } }),
    ]);
    expect((await streamed(other)).error).toMatchObject({ code: 'RESOURCE_CHANGED' });
  });

  it('does not hold an undone body against the digests of the coded one', async () => {
    const { gzipSync } = await import('node:zlib');
    const coded = gzipSync(BYTES);
    const headers = {
      'content-encoding': 'gzip',
      'repr-digest': digestField(coded),
      'content-digest': digestField(coded),
    };
    const { client } = await meet([serves({ bytes: coded, etag: '"v1"', headers })]);
    const { bytes, completed } = await streamed(client);
    expect(completed).toBe(true);
    expect(bytes.equals(BYTES)).toBe(true);
  });

  it('passes over a digest that does not follow the grammar', async () => {
    const { client } = await meet([serves(FILM, { headers: { 'repr-digest': 'sha-256=abc, :' } })]);
    expect((await streamed(client)).completed).toBe(true);
  });
});

describe('a resumed download among other policies', () => {
  it('sends each request with a credential that is fresh: a token that expires in mid-download costs one refresh', async () => {
    let token = 0;
    const guarded =
      (wanted: string, script: Script): Script =>
      (exchange) =>
        exchange.request.headers['authorization'] === wanted
          ? script(exchange)
          : exchange.respond(401, { 'www-authenticate': 'Bearer' });
    const { client, server } = await meet(
      [
        guarded('Bearer t1', serves(FILM, { upTo: 10_000 })),
        (exchange) => exchange.respond(401, { 'www-authenticate': 'Bearer' }),
        guarded('Bearer t2', serves(FILM)),
      ],
      {
        interceptors: [
          resumeDownload(),
          authenticate({
            credential: 't1',
            apply: bearer,
            refresh: () => of(`t${(token += 1) + 1}`),
          }),
        ],
      },
    );
    const { values } = await outcomeOf(client.get('/film').bytes);
    expect(sha256(Buffer.concat(values))).toBe(sha256(BYTES));
    expect(token).toBe(1);
    expect(asked(server)).toEqual([undefined, 'bytes=10000-', 'bytes=10000-']);
  });

  it('lets a deadline to its right end a stalled answer, and one to its left the whole', async () => {
    const { client } = await meet([serves(FILM, { upTo: 10_000, then: 'stall' }), serves(FILM)], {
      interceptors: [resumeDownload(), deadline({ idleMs: 50 })],
    });
    const { values, completed } = await outcomeOf(client.get('/film').bytes);
    expect(completed).toBe(true);
    expect(Buffer.concat(values).equals(BYTES)).toBe(true);
    const { client: bounded, server } = await meet(
      [serves(FILM, { upTo: 10_000, then: 'stall' })],
      {
        interceptors: [deadline(100), resumeDownload({ maxAttempts: Infinity })],
      },
    );
    const { error } = await outcomeOf(bounded.get('/film').bytes);
    expect(error).toMatchObject({ kind: 'timeout', phase: 'total' });
    await server.unconnected();
  });

  it('numbers attempts on through a retry to its right, and delivers nothing twice when that collects anew', async () => {
    const { client, server } = await meet(
      [serves(FILM, { upTo: 10_000 }), serves(FILM, { upTo: 10_000 }), serves(FILM)],
      { interceptors: [resumeDownload(), retryTransient({ maxAttempts: 2, budget: false })] },
    );
    const { values } = await outcomeOf(client.get('/film', { decode: asBytes }).events);
    const attempts = values.flatMap((event) => (event.type === 'retrying' ? [event.attempt] : []));
    expect(attempts).toEqual([2, 3]);
    const one = await outcomeOf(client.get('/film', { decode: asBytes }));
    expect(sha256(one.values[0] as Uint8Array)).toBe(sha256(BYTES));
    expect(asked(server).slice(0, 3)).toEqual([undefined, 'bytes=10000-', 'bytes=20000-']);
  });

  it('lets a long pause have the connection, and goes on by Range', async () => {
    const paused$ = new Subject<boolean>();
    const { client, server } = await meet(
      [serves(FILM, { upTo: 10_000, then: 'stall' }), serves(FILM)],
      {
        interceptors: [resumeDownload(), pauseWhile(paused$, { graceMs: 0 })],
      },
    );
    const outcome = outcomeOf(
      client.get('/film').bytes.pipe(
        map((bytes) => {
          if (server.exchanges.length === 1) queueMicrotask(() => paused$.next(true));
          return bytes;
        }),
      ),
    );
    await (
      await server.exchange(1)
    ).closed;
    expect(server.exchanges).toHaveLength(1);
    paused$.next(false);
    const { values, completed } = await outcome;
    expect(completed).toBe(true);
    expect(Buffer.concat(values).equals(BYTES)).toBe(true);
    expect(asked(server)[1]).toMatch(/^bytes=\d+-$/);
  });

  it('is turned off, or down, by one request', async () => {
    const { client, server } = await meet([serves(FILM, { upTo: 10_000 })], {
      interceptors: [resumeDownload()],
    });
    for (const context of [[RESUME.of(false)], [RESUME.of({ maxAttempts: 1 }), RETRY.of(false)]]) {
      const before = server.exchanges.length;
      const { error } = await outcomeOf(client.get('/film', { context }).bytes);
      expect(error).toMatchObject({ code: 'BODY_TRUNCATED' });
      expect(server.exchanges.length - before).toBe(1);
    }
  });

  it.each([
    ['HEAD', {}],
    ['POST', {}],
    ['DELETE', {}],
    ['GET', { range: 'bytes=0-99' }],
    ['GET', { 'if-none-match': '"v1"' }],
  ] as [string, Record<string, string>][])('leaves %s with %j alone', async (method, headers) => {
    const { client, server } = await meet([
      (exchange) =>
        method === 'HEAD' ? exchange.reset() : answerRange(exchange, FILM, { upTo: 9 }),
    ]);
    const task = client.request({ url: '/film', method, headers });
    const { error } = await outcomeOf(task.bytes.pipe(resumeDownload()));
    expect(isTaskError(error, 'network')).toBe(true);
    expect(server.exchanges.map(({ request }) => request.headers['accept-encoding'])).not.toContain(
      'identity',
    );
    expect(server.exchanges).toHaveLength(1);
  });

  it('cannot stand where the request is hidden', () => {
    const client = createClient({ baseUrl: 'http://t' });
    expect(() =>
      client.get('/film').bytes.pipe(
        map((bytes) => bytes),
        resumeDownload(),
      ),
    ).toThrow(/resumeDownload needs the request/);
  });
});
