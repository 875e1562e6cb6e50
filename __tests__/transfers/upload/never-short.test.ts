import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'coldwire';
import { ietfProtocol, resumableUpload } from 'coldwire/transfers';
import { content, result } from '../../support/resumable-content.js';
import { type IetfOrigin, ietfOrigin } from '../../support/resumable-ietf-origin.js';
import type { Fate, SeenRequest } from '../../support/resumable-server.js';
import { sha256 } from '../../support/tus-origin.js';

const bytes = content(20_000);
async function* stream() {
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
}

describe('an upload is never called done for less than its content', () => {
  let origin: IetfOrigin;
  afterEach(() => origin.stop());

  const start = async (fate?: (request: SeenRequest) => Fate | undefined): Promise<void> => {
    origin = await ietfOrigin({ announces: false }, fate);
  };
  const upload = (source: Uint8Array | typeof stream, creation: 'careful' | 'optimistic') =>
    resumableUpload(createClient(), origin.films, source, {
      protocol: ietfProtocol({ creation }),
      baseDelayMs: 1,
    });
  const partial = { status: 201, headers: { 'upload-complete': '?0', 'upload-offset': '0' } };

  it('where one ordinary request is answered with "not complete", and nobody says where to go on', async () => {
    await start(({ method }) => (method === 'POST' ? partial : undefined));
    await expect(result(upload(bytes, 'optimistic'))).rejects.toMatchObject({
      kind: 'decode',
      code: 'DECODE_UPLOAD',
    });
  });

  it.each(['a 104', 'the answer'])(
    'where one ordinary request is answered so, and %s says where: it goes on there',
    async (where) => {
      await start(({ method }) => {
        if (method !== 'POST') return undefined;
        return where === 'a 104'
          ? { ...partial, interim: '/uploads/u' }
          : { ...partial, headers: { ...partial.headers, location: '/uploads/u' } };
      });
      origin.add('u', bytes.length);
      await result(upload(bytes, 'optimistic'));
      expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
    },
  );

  it.each([
    ['the last chunk', ({ headers }: SeenRequest) => headers['upload-complete'] === '?1'],
    ['a chunk before it', ({ method }: SeenRequest) => method === 'PATCH'],
  ])(
    'where %s of a stream is answered with "complete" at a smaller offset',
    async (_name, when) => {
      await start((request) =>
        when(request)
          ? { status: 200, headers: { 'upload-complete': '?1', 'upload-offset': '1024' } }
          : undefined,
      );
      await expect(result(upload(stream, 'careful'))).rejects.toMatchObject({
        kind: 'request',
        code: 'SOURCE_CHANGED',
      });
    },
  );

  it('and says how many bytes a stream had that went in one request', async () => {
    await start();
    expect(await result(upload(stream, 'optimistic'))).toMatchObject({ bytes: 20_000 });
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
  });
});
