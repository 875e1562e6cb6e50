import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { createClient } from 'coldwire';
import {
  type ResumableUploadOptions,
  ietfProtocol,
  memoryUploads,
  resumableUpload,
  tusProtocol,
} from 'coldwire/transfers';
import { NEVER, VirtualTimeScheduler, filter, lastValueFrom, map, takeWhile, tap } from 'rxjs';
import { content } from '../../support/resumable-content.js';
import { ietfOrigin } from '../../support/resumable-ietf-origin.js';
import type { Fate, ResumableServer, SeenRequest } from '../../support/resumable-server.js';
import { settled } from '../../support/settled.js';
import { TusMemory } from '../../support/tus-memory.js';

const bytes = content(20_000);

describe('who leaves an upload', () => {
  let memory: TusMemory;
  let server: ResumableServer;
  let fate: (request: SeenRequest) => Fate | undefined;
  beforeEach(async () => {
    memory = new TusMemory();
    fate = ({ n }) => (n === 3 ? { stalls: true } : undefined);
    server = await memory.listen((request) => fate(request));
  });
  afterEach(() => server.stop());
  const upload = (options: ResumableUploadOptions = {}, client = createClient()) =>
    resumableUpload(client, `${server.url}/files`, bytes, {
      protocol: tusProtocol(),
      decode: () => undefined,
      ...options,
    });
  const methods = (): string => server.requests.map(({ method }) => method).join(' ');

  it('ends the request at the socket, tells nothing more and leaves the upload to be gone on with', async () => {
    const told: string[] = [];
    const running = upload().subscribe((notice) => told.push(notice.type));
    await server.until(() => server.requests.length === 3);
    running.unsubscribe();
    const before = told.length;
    await server.until(() => server.open === 0);
    await settled(() => server.requests.length);
    expect(told).toHaveLength(before);
    expect(methods()).toBe('POST PATCH PATCH');
    expect(memory.uploads.size).toBe(1);
  });

  it('has the upload deleted at the server and forgotten, where asked to (E21)', async () => {
    const storage = memoryUploads();
    const running = upload({ deleteOnCancel: true, storage, fingerprint: 'f' }).subscribe();
    await server.until(() => server.requests.length === 3);
    running.unsubscribe();
    await server.until(() => memory.uploads.size === 0);
    expect(methods()).toBe('POST PATCH PATCH DELETE');
    expect(storage.find(`coldwire-upload tus ${server.url}/files f`)).toBeUndefined();
  });

  it('by a signal fails with its reason, and deletes too where asked to (E21)', async () => {
    const controller = new AbortController();
    const ended = lastValueFrom(upload({ deleteOnCancel: true, signal: controller.signal }));
    await server.until(() => server.requests.length === 3);
    controller.abort(new Error('enough'));
    await expect(ended).rejects.toMatchObject({ kind: 'aborted', reason: { message: 'enough' } });
    await server.until(() => memory.uploads.size === 0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('deletes over the draft as well (E21)', async () => {
    const origin = await ietfOrigin({}, fate);
    const running = resumableUpload(createClient(), origin.films, bytes, {
      protocol: ietfProtocol({ creation: 'careful' }),
      deleteOnCancel: true,
    }).subscribe();
    await origin.until(() => origin.requests.length === 3);
    running.unsubscribe();
    await origin.until(() => origin.requests.at(-1)?.status === 204 && origin.uploads.size === 0);
    await origin.stop();
    expect(origin.requests.at(-1)?.method).toBe('DELETE');
  });

  it('deletes nothing that is complete, and nothing that failed', async () => {
    fate = () => undefined;
    await lastValueFrom(upload({ deleteOnCancel: true }));
    fate = ({ n }) => (n === 6 ? { status: 403 } : undefined);
    await expect(lastValueFrom(upload({ deleteOnCancel: true }))).rejects.toMatchObject({
      kind: 'status',
    });
    await settled(() => server.requests.length);
    expect(methods()).not.toContain('DELETE');
  });

  it('in a pause leaves no timer', async () => {
    const scheduler = new VirtualTimeScheduler();
    fate = ({ n }) => (n === 2 ? { status: 503 } : undefined);
    const client = createClient({ scheduler });
    const paused = new Promise<void>((resolve) => {
      const running = upload({ idleMs: 0 }, client).subscribe((notice) => {
        if (notice.type !== 'waiting') return;
        setImmediate(() => {
          expect(scheduler.actions).toHaveLength(1);
          running.unsubscribe();
          resolve();
        });
      });
    });
    await paused;
    expect(scheduler.actions.filter(({ closed }) => !closed)).toHaveLength(0);
  });

  it('within a notice ends it there, also with a server that answers at once', () => {
    const factory = memory.factory(() => ({ through: Infinity, answered: true }));
    const told: number[] = [];
    resumableUpload(createClient({ factory }), 'http://t/files', bytes, {
      protocol: tusProtocol(),
      chunkBytes: () => 1000,
    })
      .pipe(
        filter((notice) => notice.type === 'progress'),
        map(({ confirmed }) => confirmed),
        tap((confirmed) => told.push(confirmed)),
        takeWhile((confirmed) => confirmed < 3000),
      )
      .subscribe();
    expect(told.at(-1)).toBe(3000);
    expect(factory.requests).toHaveLength(3);
  });

  it('releases the source, whatever it waits for', async () => {
    let released = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<Uint8Array>>(() => undefined),
        return: async () => {
          released += 1;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const running = resumableUpload(createClient(), `${server.url}/files`, source, {
      protocol: tusProtocol(),
    }).subscribe();
    await new Promise(setImmediate);
    running.unsubscribe();
    expect(released).toBe(1);
    expect(server.requests).toHaveLength(0);
  });

  it('is cold: nothing happens before subscribing, and each subscription is an upload of its own', async () => {
    fate = () => undefined;
    const cold = upload();
    expect(server.requests).toHaveLength(0);
    await Promise.all([lastValueFrom(cold), lastValueFrom(cold)]);
    expect(memory.finished).toHaveLength(2);
  });
});

describe('bad input', () => {
  const bad =
    (options: object, source: unknown = bytes, url = 'http://t/files') =>
    () =>
      resumableUpload(createClient(), url, source as Uint8Array, options);
  it.each([
    ['chunkSize', { chunkSize: 1 }],
    ['chunkBytes', { chunkBytes: 5 }],
    ['replayBytes', { replayBytes: 0 }],
    ['maxLosses', { maxLosses: -1 }],
    ['idleMs', { idleMs: Number.NaN }],
    ['baseDelayMs', { baseDelayMs: -1 }],
    ['method', { method: 'GET' }],
    ['protocol.create', { protocol: {} }],
    ['storage.find', { storage: {} }],
    ['deleteOnCancel', { deleteOnCancel: 'yes' }],
    ['metadata', { metadata: { 'a b': 'c' } }],
    ['metadata.a', { metadata: { a: 1 } }],
    ['fileName', { fileName: 7 }],
    ['decode', { decode: 7 }],
    ['headers', { headers: { 'a b': 'c' } }],
    ['options', null],
  ])('in %s is a typed error when the upload is made', (field, options) => {
    expect(bad(options as object)).toThrow(expect.objectContaining({ kind: 'request', field }));
  });

  it.each([
    ['tus.parallel', () => tusProtocol({ parallel: 0 })],
    ['tus.checksum', () => tusProtocol({ checksum: 'md5' as never })],
    ['tus.x', () => tusProtocol({ x: 1 } as never)],
    ['tus.creationWithUpload', () => tusProtocol({ creationWithUpload: 1 as never })],
    ['ietf.creation', () => ietfProtocol({ creation: 'bold' as never })],
    ['ietf.digest', () => ietfProtocol({ digest: 1 as never })],
  ])('in %s is a typed error when the protocol is made', (field, make) => {
    expect(make).toThrow(expect.objectContaining({ kind: 'request', field }));
  });

  it.each([
    ['source', {}, 7, 'http://t/files'],
    ['source', {}, 'text', 'http://t/files'],
    ['source', {}, { a: 1 }, 'http://t/files'],
    ['url', {}, bytes, 'ftp://t/files'],
    ['url', {}, bytes, 7],
    ['chunkBytes', { chunkBytes: () => 0 }, bytes, 'http://t/files'],
  ])(
    'in the %s is a typed error on the error channel, and nothing is sent',
    async (field, options, source, url) => {
      let made = 0;
      const client = createClient({
        factory: {
          make: () => {
            made += 1;
            return NEVER;
          },
        },
      });
      const upload = resumableUpload(client, url as string, source as Uint8Array, {
        protocol: tusProtocol(),
        ...options,
      });
      await expect(lastValueFrom(upload)).rejects.toMatchObject({ kind: 'request', field });
      expect(made).toBe(0);
    },
  );

  it('a place beyond the base URL is refused before a credential could go there', async () => {
    const memory = new TusMemory();
    const server = await memory.listen(({ n }) =>
      n === 1
        ? { status: 201, headers: { location: 'http://evil.invalid/1', 'upload-offset': '1024' } }
        : undefined,
    );
    const client = createClient({ baseUrl: server.url });
    await expect(
      lastValueFrom(resumableUpload(client, '/files', bytes, { protocol: tusProtocol() })),
    ).rejects.toMatchObject({ kind: 'request', code: 'URL_LEAVES_BASE' });
    await server.stop();
  });
});
