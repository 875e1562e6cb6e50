import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import {
  type Client,
  type ClientOptions,
  type TaskError,
  createClient,
  retryTransient,
} from '../../src/index.js';
import {
  type DownloadTarget,
  type DownloadToFileOptions,
  type FileDownloadNotice,
  downloadToFile,
} from '../../src/node/index.js';
import { resumeDownload } from '../../src/transfers/index.js';
import { handClock } from '../promises/hand-clock.js';
import { outcomeOf } from '../promises/outcome.js';
import { type FaultServer, type Script, faultServer } from '../support/fault-server.js';
import { latch } from '../support/latch.js';
import {
  type Departure,
  type Version,
  answerRange,
  bytesOf,
  digestField,
  inTurn,
  sha256,
} from '../support/range-answers.js';
import { type Folder, folder } from './folder.js';

const BYTES = bytesOf(200_000);
const FILM = { bytes: BYTES, etag: '"v1"' };
const OTHER = { bytes: bytesOf(150_000, 2), etag: '"v2"' };

const servers: FaultServer[] = [];
let place: Folder;

beforeEach(() => {
  place = folder();
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  place.remove();
});

async function meet(
  scripts: readonly Script[],
  options: Partial<ClientOptions> = {},
): Promise<{ client: Client; server: FaultServer }> {
  const server = await faultServer(inTurn(...scripts));
  servers.push(server);
  return { client: createClient({ baseUrl: server.url, random: () => 0, ...options }), server };
}

const serves =
  (version: Version, departure?: Departure): Script =>
  (exchange) =>
    answerRange(exchange, version, departure);

async function download(
  client: Client,
  target: DownloadTarget = place.at('film'),
  options?: DownloadToFileOptions,
) {
  const { values, completed, error } = await outcomeOf(
    downloadToFile(client.get('/film'), target, options),
  );
  return { notices: values, completed, last: values.at(-1), error: error as TaskError | undefined };
}

const asked = ({ exchanges }: FaultServer): (string | undefined)[] =>
  exchanges.map(({ request }) => request.headers['range']);
const saved = (bytes: Uint8Array, resumedFromBytes = 0) => ({
  type: 'saved',
  path: place.at('film'),
  bytes: bytes.length,
  resumedFromBytes,
});

const sizeOf = (name: string): number =>
  existsSync(place.at(name)) ? readFileSync(place.at(name)).length : 0;

/** Begins a download, and leaves it once so many bytes are in the part. */
async function leftAfter(
  client: Client,
  bytes: number,
  options?: DownloadToFileOptions,
): Promise<void> {
  const download = downloadToFile(client.get('/film'), place.at('film'), options).subscribe();
  await place.until((names) =>
    names.some((name) => name.endsWith('.part') && sizeOf(name) >= bytes),
  );
  download.unsubscribe();
}

/** The same, waiting until the files are settled: for tests that look at them. */
async function settledAfter(
  client: Client,
  bytes: number,
  options?: DownloadToFileOptions,
): Promise<void> {
  await leftAfter(client, bytes, options);
  await place.until(
    (names) => names.length === 2 && readFileSync(place.at('film.part.json')).includes('flushed'),
  );
}

describe('downloadToFile', () => {
  it('does nothing before it is subscribed, and the target is there whole or not at all: C15', async () => {
    const half = latch();
    const { client, server } = await meet([
      async (exchange) => {
        await exchange.head(200, { 'content-length': BYTES.length, etag: '"v1"' });
        await exchange.raw(BYTES.subarray(0, 100_000));
        await half.opened;
        await exchange.raw(BYTES.subarray(100_000));
        exchange.keepAlive();
      },
    ]);
    const task = downloadToFile(client.get('/film'), place.at('film'));
    expect(place.names()).toEqual([]);
    expect(server.exchanges).toHaveLength(0);
    const seen: string[][] = [];
    const outcome = outcomeOf(task);
    await place.until(
      (names) =>
        names.includes('film.part') && readFileSync(place.at('film.part')).length === 100_000,
    );
    seen.push(place.names());
    half.open();
    const { values, completed } = await outcome;
    expect(seen).toEqual([['film.part', 'film.part.json']]);
    expect(completed).toBe(true);
    expect(values.at(-1)).toEqual(saved(BYTES));
    expect(place.names()).toEqual(['film']);
    expect(sha256(readFileSync(place.at('film')))).toBe(sha256(BYTES));
  });

  it('goes on over cuts, and tells of the pauses', async () => {
    const { client, server } = await meet([
      serves(FILM, { upTo: 50_000 }),
      serves(FILM, { upTo: 50_000, then: 'reset' }),
      (exchange) => exchange.respond(503),
      serves(FILM),
    ]);
    const { notices, last } = await download(client);
    expect(last).toEqual(saved(BYTES));
    expect(notices.filter(({ type }) => type === 'retrying')).toHaveLength(3);
    expect(readFileSync(place.at('film')).equals(BYTES)).toBe(true);
    expect(asked(server).slice(0, 2)).toEqual([undefined, 'bytes=50000-']);
    expect(place.names()).toEqual(['film']);
  });

  it('leaves what can be gone on with when it is unsubscribed, and the next goes on: C15', async () => {
    const { client, server } = await meet([
      serves(FILM, { upTo: 120_000, then: 'stall' }),
      serves(FILM),
    ]);
    await settledAfter(client, 120_000);
    await server.unconnected();
    expect(place.names()).toEqual(['film.part', 'film.part.json']);
    expect(readFileSync(place.at('film.part.json'), 'utf8')).not.toContain(server.url);
    const { last, notices } = await download(client);
    expect(last).toEqual(saved(BYTES, 120_000));
    expect(asked(server)).toEqual([undefined, 'bytes=120000-']);
    expect(server.exchanges[1]?.request.headers['if-range']).toBe('"v1"');
    expect(notices.find(({ type }) => type === 'progress')).toMatchObject({ totalBytes: 200_000 });
    expect(readFileSync(place.at('film')).equals(BYTES)).toBe(true);
    expect(place.names()).toEqual(['film']);
  });

  it.each([
    ['it should keep nothing', FILM, { resume: false }],
    ['there is no strong validator', { bytes: BYTES, etag: 'W/"v1"' }, {}],
    [
      'there is no length',
      { bytes: BYTES, etag: '"v1"', headers: { 'transfer-encoding': 'x' } },
      {},
    ],
  ] as [string, Version, DownloadToFileOptions][])(
    'leaves nothing when it is unsubscribed and %s: C15',
    async (_name, version, options) => {
      const { client } = await meet([
        async (exchange) => {
          const { etag = '' } = version;
          const framing = version.headers
            ? { 'transfer-encoding': 'chunked' }
            : { 'content-length': BYTES.length };
          await exchange.head(200, { etag, ...framing });
          if (version.headers) await exchange.chunk(BYTES.subarray(0, 9_000));
          else await exchange.raw(BYTES.subarray(0, 9_000));
          await exchange.stall();
        },
      ]);
      await leftAfter(client, 9_000, options);
      await place.until((names) => names.length === 0);
    },
  );

  it('leaves nothing at an error when it should keep nothing, and the part when it can be gone on with', async () => {
    const { client, server } = await meet([serves(FILM, { upTo: 50_000 })]);
    const { error } = await download(client, place.at('film'), { resume: false });
    expect(error).toMatchObject({ code: 'BODY_TRUNCATED' });
    expect(place.names()).toEqual([]);
    await server.stop();
    const broken = [
      serves(FILM, { upTo: 50_000 }),
      (exchange: Parameters<Script>[0]) => exchange.reset(),
    ];
    const { client: again } = await meet(broken);
    await download(again, place.at('film'), { resume: { maxAttempts: 2 } });
    expect(place.names()).toEqual(['film.part', 'film.part.json']);
    expect(readFileSync(place.at('film.part')).length).toBe(50_000);
  });

  it('begins anew in the same file where there is nothing to go on by', async () => {
    const plain = { bytes: BYTES };
    const { client, server } = await meet([serves(plain, { upTo: 50_000 }), serves(plain)]);
    expect((await download(client)).last).toEqual(saved(BYTES));
    expect(asked(server)).toEqual([undefined, undefined]);
    expect(readFileSync(place.at('film')).equals(BYTES)).toBe(true);
  });

  it('begins anew when the resource changed meanwhile, or says so and keeps nothing', async () => {
    for (const changed of ['restart', 'fail'] as const) {
      const { client, server } = await meet([
        serves(FILM, { upTo: 190_000, then: 'stall' }),
        serves(OTHER),
      ]);
      await leftAfter(client, 190_000, { overwrite: true });
      const { last, error } = await download(client, place.at('film'), {
        resume: { changed },
        overwrite: true,
      });
      expect(asked(server)).toEqual([undefined, 'bytes=190000-']);
      if (changed === 'restart') {
        expect(last).toEqual(saved(OTHER.bytes));
        expect(readFileSync(place.at('film')).equals(OTHER.bytes)).toBe(true);
      } else expect(error).toMatchObject({ kind: 'decode', code: 'RESOURCE_CHANGED' });
      expect(place.names()).toEqual(['film']);
    }
  });

  it('begins anew in the middle, also in a client that resumes by itself', async () => {
    const { client, server } = await meet([serves(FILM, { upTo: 120_000 }), serves(OTHER)], {
      interceptors: [resumeDownload()],
    });
    expect((await download(client)).last).toEqual(saved(OTHER.bytes));
    expect(readFileSync(place.at('film')).equals(OTHER.bytes)).toBe(true);
    expect(asked(server)).toEqual([undefined, 'bytes=120000-']);
  });

  it.each([
    ['garbage in the note', (at: string) => writeFileSync(`${at}.json`, '{"version":1,')],
    ['a note of a part that is shorter than it says', (at: string) => writeFileSync(at, 'x')],
    ['no part', (at: string) => writeFileSync(at, '')],
    [
      'a note of another resource',
      (at: string) => {
        const note = JSON.parse(readFileSync(`${at}.json`, 'utf8')) as object;
        writeFileSync(`${at}.json`, JSON.stringify({ ...note, identity: 'x' }));
      },
    ],
    [
      'a note with a length that is none',
      (at: string) => {
        const note = JSON.parse(readFileSync(`${at}.json`, 'utf8')) as object;
        writeFileSync(`${at}.json`, JSON.stringify({ ...note, flushedBytes: -1 }));
      },
    ],
  ])('begins anew behind %s', async (_name, spoil) => {
    const { client, server } = await meet([
      serves(FILM, { upTo: 120_000, then: 'stall' }),
      serves(FILM),
    ]);
    await settledAfter(client, 120_000);
    spoil(place.at('film.part'));
    expect((await download(client)).last).toEqual(saved(BYTES));
    expect(asked(server)).toEqual([undefined, undefined]);
    expect(readFileSync(place.at('film')).equals(BYTES)).toBe(true);
    expect(place.names()).toEqual(['film']);
  });

  it('cuts off what is behind the bytes that count', async () => {
    const { client } = await meet([serves(FILM, { upTo: 120_000, then: 'stall' }), serves(FILM)]);
    await settledAfter(client, 120_000);
    const part = readFileSync(place.at('film.part'));
    writeFileSync(place.at('film.part'), Buffer.concat([part, bytesOf(500_000, 3)]));
    expect((await download(client)).last).toEqual(saved(BYTES, 120_000));
    expect(readFileSync(place.at('film')).equals(BYTES)).toBe(true);
  });

  it('empties the note before the part: it never speaks of bytes that are others by then', async () => {
    const { client } = await meet([
      serves(FILM, { upTo: 120_000, then: 'stall' }),
      serves(OTHER, { upTo: 70_000, then: 'stall' }),
    ]);
    await settledAfter(client, 120_000);
    const second = downloadToFile(client.get('/film'), place.at('film')).subscribe();
    await place.until(() => sizeOf('film.part') === 70_000);
    expect(readFileSync(place.at('film.part.json'), 'utf8')).not.toContain('flushed');
    second.unsubscribe();
  });

  it('keeps the bound on a body over what an earlier process had, too', async () => {
    const { client } = await meet([serves(FILM, { upTo: 120_000, then: 'stall' }), serves(FILM)]);
    await settledAfter(client, 120_000);
    const bounded = createClient({
      baseUrl: servers.at(-1)?.url ?? '',
      limits: { streamedBytes: 150_000 },
    });
    expect((await download(bounded)).error).toMatchObject({ kind: 'limit', maxBytes: 150_000 });
    expect(place.names()).toEqual([]);
  });

  it('leaves the part of a process that lives alone, and writes another one', async () => {
    const { client, server } = await meet([
      serves(FILM, { upTo: 120_000, then: 'stall' }),
      serves(FILM),
    ]);
    await settledAfter(client, 120_000);
    const note = JSON.parse(readFileSync(place.at('film.part.json'), 'utf8')) as object;
    writeFileSync(place.at('film.part.json'), JSON.stringify({ ...note, pid: process.ppid }));
    const { last } = await download(client);
    expect(last).toEqual(saved(BYTES));
    expect(asked(server)).toEqual([undefined, undefined]);
    expect(place.names()).toEqual(['film', 'film.part', 'film.part.json']);
  });

  it('lets two downloads to one target be: each has a part of its own', async () => {
    const { client } = await meet([serves(FILM)]);
    const both = await Promise.all([
      download(client, place.at('film'), { overwrite: true }),
      download(client, place.at('film'), { overwrite: true }),
    ]);
    for (const { last } of both) expect(last).toEqual(saved(BYTES));
    expect(readFileSync(place.at('film')).equals(BYTES)).toBe(true);
    expect(place.names()).toEqual(['film']);
  });

  it('goes by an identity of the caller where the URL holds a signature', async () => {
    const { client, server } = await meet([
      serves(FILM, { upTo: 120_000, then: 'stall' }),
      serves(FILM),
    ]);
    await leftAfter(client, 120_000, { resume: { identity: 'film-1' } });
    const signed = client.get('/film', { params: { signature: 'two' } });
    await outcomeOf(downloadToFile(signed, place.at('film'), { resume: { identity: 'film-1' } }));
    expect(asked(server)).toEqual([undefined, 'bytes=120000-']);
  });

  it('verifies what the server and the caller promised, and keeps nothing that is other', async () => {
    const sum = sha256(BYTES);
    const base64 = Buffer.from(sum, 'hex').toString('base64');
    for (const checksum of [sum, sum.toUpperCase(), base64]) {
      const { client } = await meet([
        serves(FILM, { headers: { 'repr-digest': digestField(BYTES, 'sha-512') } }),
      ]);
      const options = { checksum: { 'sha-256': checksum }, overwrite: true };
      expect((await download(client, place.at('film'), options)).last).toEqual(saved(BYTES));
    }
    const lies: [Departure, DownloadToFileOptions][] = [
      [{ headers: { 'repr-digest': digestField(OTHER.bytes) } }, {}],
      [{ headers: { 'content-digest': digestField(OTHER.bytes) } }, {}],
      [{ headers: { 'content-digest': digestField(OTHER.bytes) } }, { resume: false }],
      [{}, { checksum: { 'sha-256': sha256(OTHER.bytes) } }],
    ];
    for (const [departure, options] of lies) {
      const { client } = await meet([serves(FILM, departure)]);
      const { error } = await download(client, place.at('other'), options);
      expect(error).toMatchObject({ kind: 'decode', code: 'DECODE_DIGEST' });
      expect(place.names()).toEqual(['film']);
    }
  });

  it('verifies the bytes that an earlier process left, too', async () => {
    for (const [headers, options] of [
      [{ 'repr-digest': digestField(BYTES) }, {}],
      [{}, { checksum: { 'sha-256': sha256(BYTES) } }],
    ] as [Record<string, string>, DownloadToFileOptions][]) {
      const { client } = await meet([
        serves(FILM, { upTo: 120_000, then: 'stall', headers }),
        serves(FILM),
      ]);
      await settledAfter(client, 120_000);
      const part = readFileSync(place.at('film.part'));
      part[7] = (part[7] ?? 0) + 1;
      writeFileSync(place.at('film.part'), part);
      const { error } = await download(client, place.at('film'), options);
      expect(error).toMatchObject({ kind: 'decode', code: 'DECODE_DIGEST' });
      expect(place.names()).toEqual([]);
    }
  });

  it('refuses what is in the way before anything is sent, and replaces it when asked to', async () => {
    const { client, server } = await meet([serves(FILM)]);
    writeFileSync(place.at('film'), 'mine');
    mkdirSync(place.at('folder'));
    const cases: [string, DownloadToFileOptions, string][] = [
      [place.at('film'), {}, 'FILE_EEXIST'],
      [place.at('folder'), { overwrite: true }, 'FILE_EISDIR'],
      [place.at('nowhere/film'), {}, 'FILE_ENOENT'],
      [place.at('film/film'), {}, 'FILE_ENOTDIR'],
    ];
    for (const [path, options, code] of cases) {
      const { error } = await download(client, path, options);
      expect(error).toMatchObject({ kind: 'file', code });
      expect(JSON.stringify(error)).toContain(path);
    }
    expect(server.exchanges).toHaveLength(0);
    expect(readFileSync(place.at('film'), 'utf8')).toBe('mine');
    const { last } = await download(client, pathToFileURL(place.at('film')), { overwrite: true });
    expect(last).toEqual(saved(BYTES));
    expect(place.names()).toEqual(['film', 'folder']);
  });

  it('does not replace what came to the target meanwhile', async () => {
    const half = latch();
    const { client } = await meet([
      async (exchange) => {
        await exchange.head(200, { 'content-length': BYTES.length, etag: '"v1"' });
        await half.opened;
        await exchange.raw(BYTES);
        exchange.keepAlive();
      },
    ]);
    const outcome = download(client);
    await place.until((names) => names.includes('film.part'));
    writeFileSync(place.at('film'), 'mine');
    half.open();
    expect((await outcome).error).toMatchObject({
      kind: 'file',
      code: 'FILE_EEXIST',
      path: place.at('film.part'),
      destination: place.at('film'),
    });
    expect(readFileSync(place.at('film'), 'utf8')).toBe('mine');
    // Nothing is lost: elsewhere, the part is whole.
    expect(readFileSync(place.at('film.part')).equals(BYTES)).toBe(true);
  });

  it('leaves nothing behind an answer that is no success', async () => {
    const { client } = await meet([(exchange) => exchange.respond(404, {}, 'gone')], {
      interceptors: [retryTransient()],
    });
    expect((await download(client)).error).toMatchObject({ kind: 'status', status: 404 });
    expect(place.names()).toEqual([]);
  });

  it('ends with aborted when the signal of its request aborts, and keeps the part', async () => {
    const { client } = await meet([serves(FILM, { upTo: 120_000, then: 'stall' })]);
    const controller = new AbortController();
    const task = client.get('/film', { signal: controller.signal });
    const outcome = outcomeOf(downloadToFile(task, place.at('film')));
    await place.until(
      () =>
        existsSync(place.at('film.part')) && readFileSync(place.at('film.part')).length === 120_000,
    );
    controller.abort();
    expect((await outcome).error).toMatchObject({ kind: 'aborted' });
    expect(place.names()).toEqual(['film.part', 'film.part.json']);
  });

  it('saves the answer to a POST, which is never asked for in parts', async () => {
    const { client, server } = await meet([
      serves(FILM, { headers: { 'content-digest': digestField(BYTES) } }),
    ]);
    const { values } = await outcomeOf(
      downloadToFile(client.post('/film', { n: 1 }), place.at('film')),
    );
    expect(values.at(-1)).toEqual(saved(BYTES));
    expect(server.exchanges[0]?.request.headers['accept-encoding']).not.toBe('identity');
  });

  it('saves an empty body', async () => {
    const { client } = await meet([serves({ bytes: new Uint8Array(), etag: '"v1"' })]);
    expect((await download(client)).last).toEqual(saved(new Uint8Array()));
    expect(readFileSync(place.at('film')).length).toBe(0);
    expect(place.names()).toEqual(['film']);
  });

  it('tells the rate and the time left by the clock of the client', async () => {
    const clock = handClock();
    const steps = [latch(), latch(), latch()];
    const { client } = await meet(
      [
        async (exchange) => {
          await exchange.head(200, { 'content-length': BYTES.length, etag: '"v1"' });
          for (const [n, step] of steps.entries()) {
            await exchange.raw(BYTES.subarray(n * 50_000, (n + 1) * 50_000));
            await step.opened;
          }
          await exchange.raw(BYTES.subarray(150_000));
          exchange.keepAlive();
        },
      ],
      { scheduler: clock.scheduler },
    );
    const told: FileDownloadNotice[] = [];
    await new Promise<void>((resolve, reject) => {
      downloadToFile(client.get('/film'), place.at('film')).subscribe({
        next: (notice) => {
          told.push(notice);
          if (notice.type !== 'progress') return;
          clock.advance(500);
          steps[notice.loadedBytes / 50_000 - 1]?.open();
        },
        error: reject,
        complete: resolve,
      });
    });
    const progress = (loadedBytes: number, bytesPerSecond?: number, remainingMs?: number) => ({
      type: 'progress',
      loadedBytes,
      totalBytes: 200_000,
      bytesPerSecond,
      remainingMs,
    });
    expect(told.slice(0, -1)).toEqual([
      progress(50_000),
      progress(100_000, 100_000, 1_000),
      progress(150_000, 100_000, 500),
      progress(200_000, 100_000, 0),
    ]);
  });
});

describe('downloadToFile, given what it cannot use', () => {
  const client = createClient({ baseUrl: 'http://127.0.0.1:9' });
  const get = client.get('/film');

  it.each([
    ['downloadToFile.task', {} as never, 'x', {}],
    ['downloadToFile.task', get.bytes as never, 'x', {}],
    ['downloadToFile.task', client.head('/film'), 'x', {}],
    ['downloadToFile.task', client.get('/film', { headers: { range: 'bytes=0-' } }), 'x', {}],
    ['downloadToFile.target', get, '', {}],
    ['downloadToFile.target', get, 'a\0b', {}],
    ['downloadToFile.target', get, new URL('http://a.test/x'), {}],
    ['downloadToFile.target', get, 7, {}],
    ['downloadToFile.target.directory', get, { directory: '' }, {}],
    ['downloadToFile.target.name', get, { directory: 'x', name: 'y' }, {}],
    ['downloadToFile.target.fallbackName', get, { directory: 'x', fallbackName: '../y' }, {}],
    ['downloadToFile', get, 'x', 'overwrite'],
    ['downloadToFile.replace', get, 'x', { replace: true }],
    ['downloadToFile.overwrite', get, 'x', { overwrite: 'yes' }],
    ['downloadToFile.resume', get, 'x', { resume: 7 }],
    ['downloadToFile.resume', client.post('/film'), 'x', { resume: true }],
    ['downloadToFile.resume.maxAttempts', get, 'x', { resume: { maxAttempts: 0 } }],
    ['downloadToFile.resume.changed', get, 'x', { resume: { changed: 'maybe' } }],
    ['downloadToFile.resume.identity', get, 'x', { resume: { identity: '' } }],
    ['downloadToFile.checksum', get, 'x', { checksum: 'abc' }],
    ['downloadToFile.checksum.md5', get, 'x', { checksum: { md5: 'abc' } }],
    ['downloadToFile.checksum.sha-256', get, 'x', { checksum: { 'sha-256': 'abc' } }],
    ['downloadToFile.checksum.sha-512', get, 'x', { checksum: { 'sha-512': sha256(BYTES) } }],
  ])('names %s at once', (field, task, target, options) => {
    expect(() => downloadToFile(task, target as never, options as never)).toThrow(
      expect.objectContaining({ kind: 'request', field }),
    );
  });
});
