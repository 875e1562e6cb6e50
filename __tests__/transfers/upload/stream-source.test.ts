import { describe, expect, it } from '@jest/globals';
import { StreamSource } from '../../../src/transfers/upload/stream-source.js';

const bytes = Uint8Array.from({ length: 200 }, (_, n) => n);

/** Gives a byte or a few at a time, each as late as microtasks can make it. */
async function* slowly(size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

async function bytesOf(source: StreamSource, offset: number, count: number): Promise<number[]> {
  const { body } = await source.part(offset, count);
  return body.kind === 'bytes' ? [...body.bytes] : [];
}

describe('a stream that is uploaded', () => {
  it.each([1, 3, 7, 64])(
    'gives each reader its bytes, also to one that comes while another waits (%i at a time)',
    async (size) => {
      const source = new StreamSource(() => slowly(size), false, 500);
      const parts = [
        [0, 50],
        [0, 10],
        [30, 40],
        [60, 100],
        [0, 200],
      ] as const;
      const read = await Promise.all(
        parts.map(([offset, count]) => bytesOf(source, offset, count)),
      );
      expect(read).toEqual(
        parts.map(([offset, count]) => [...bytes.subarray(offset, offset + count)]),
      );
    },
  );

  it.each([1, 3, 7, 64])('knows its end at every size of part (%i at a time)', async (size) => {
    for (let count = 1; count <= 200; count += 13) {
      const source = new StreamSource(() => slowly(size), false, 500);
      for (let offset = 0; offset < 200; offset += count) {
        const part = await source.part(offset, count);
        expect(part.isLast).toBe(offset + count >= 200);
        expect(part.byteLength).toBe(Math.min(count, 200 - offset));
      }
    }
  });

  it('keeps no more than its window', async () => {
    const source = new StreamSource(() => slowly(7), false, 20);
    expect(await bytesOf(source, 100, 50)).toEqual([...bytes.subarray(100, 120)]);
    expect(await bytesOf(source, 100, 20)).toHaveLength(20);
    await expect(source.part(99, 1)).rejects.toMatchObject({ code: 'LIMIT_REPLAY' });
  });

  it('refuses a stream that is shorter than what the server has of it', async () => {
    const source = new StreamSource(() => slowly(7), false, 20);
    await expect(source.part(201, 1)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  });
});
