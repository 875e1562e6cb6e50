import { describe, expect, it } from '@jest/globals';
import { ietfOrigin } from '../../support/resumable-ietf-origin.js';
import { uploadWhileKilled } from '../../support/resumable-killing.js';
import { sha256, tusOrigin } from '../../support/tus-origin.js';

const MIB = 1024 * 1024;
const KILLS = 10;
const SEED = 20_261_122;

describe('a process that uploads and is killed with SIGKILL, ten times at random moments', () => {
  it('goes on where it was over tus: one upload, one hash', async () => {
    const origin = await tusOrigin();
    try {
      const { bytes, said, left } = await uploadWhileKilled(
        'tus',
        origin,
        origin.files,
        KILLS,
        SEED,
      );
      expect((await origin.stored()).map(sha256)).toEqual([sha256(bytes)]);
      expect(said.at(-1)).toContain(`done ${bytes.byteLength}`);
      expect(origin.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
      expect(origin.received).toBeLessThanOrEqual(bytes.byteLength + KILLS * 2 * MIB);
      expect(left).toEqual([]);
    } finally {
      await origin.stop();
    }
  }, 120_000);

  it('goes on where it was over the draft: one upload, one hash', async () => {
    const origin = await ietfOrigin();
    try {
      const { bytes, said, left } = await uploadWhileKilled(
        'ietf',
        origin,
        origin.films,
        KILLS,
        SEED,
      );
      expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
      expect(said.at(-1)).toContain(`done ${bytes.byteLength}`);
      expect(origin.violations).toEqual([]);
      expect(origin.received).toBeLessThanOrEqual(bytes.byteLength + KILLS * 2 * MIB);
      expect(left).toEqual([]);
    } finally {
      await origin.stop();
    }
  }, 120_000);
});
