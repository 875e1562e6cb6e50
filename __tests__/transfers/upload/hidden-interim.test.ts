import { afterEach, describe, expect, it } from '@jest/globals';
import { axiosFactory, createClient } from 'coldwire';
import {
  type ResumableProtocol,
  ietfProtocol,
  resumableUpload,
  tusProtocol,
} from 'coldwire/transfers';
import { content, result } from '../../support/resumable-content.js';
import { ietfOrigin } from '../../support/resumable-ietf-origin.js';
import { TusMemory } from '../../support/tus-memory.js';

const client = () => createClient({ factory: axiosFactory({ adapter: 'fetch' }) });
const bytes = content(100_000);
const options = (protocol: ResumableProtocol) => ({
  protocol,
  baseDelayMs: 1,
  idleMs: 100,
  decode: () => undefined,
});

let stop: () => Promise<void> = () => Promise.resolve();
afterEach(() => stop());

describe('an upload over a platform that hides interim responses', () => {
  it('is told its URL by the answer to the creation, and goes on after cuts and stalls (A24)', async () => {
    const origin = await ietfOrigin({}, ({ n }) =>
      n === 4
        ? { cutAfter: 1000 }
        : n === 6
          ? { stalls: true }
          : n === 8
            ? { losesAnswer: true }
            : undefined,
    );
    stop = () => origin.stop();
    await result(resumableUpload(client(), origin.films, bytes, options(ietfProtocol())));
    expect(origin.films$).toEqual([Buffer.from(bytes)]);
    expect(origin.violations).toEqual([]);
  });

  it('goes over tus as well', async () => {
    const memory = new TusMemory();
    const server = await memory.listen(({ n }) =>
      n === 3 ? { cutAfter: 1000 } : n === 5 ? { losesAnswer: true } : undefined,
    );
    stop = () => server.stop();
    await result(resumableUpload(client(), `${server.url}/files`, bytes, options(tusProtocol())));
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
    expect(memory.violations).toEqual([]);
  });

  it('does not go on, nor twice, where an ordinary request was cut', async () => {
    const origin = await ietfOrigin({}, ({ n }) => (n === 1 ? { cutAfter: 1000 } : undefined));
    stop = () => origin.stop();
    const big = content(3_000_000);
    const upload = resumableUpload(
      client(),
      origin.films,
      big,
      options(ietfProtocol({ creation: 'optimistic' })),
    );
    await expect(result(upload)).rejects.toMatchObject({ kind: 'network' });
    expect(origin.requests).toHaveLength(1);
    expect(origin.films$).toEqual([]);
  });
});
