import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createClient } from '../../src/index.js';
import { downloadToFile } from '../../src/node/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { outcomeOf } from '../promises/outcome.js';
import { seededRandom } from '../support/fault-plan.js';
import { type FaultServer, faultServer } from '../support/fault-server.js';
import { answerRange, bytesOf } from '../support/range-answers.js';
import { type Folder, folder } from './folder.js';

const BYTES = bytesOf(400_000);
let place: Folder;
let server: FaultServer;

beforeEach(async () => {
  place = folder();
  server = await faultServer((exchange) => answerRange(exchange, { bytes: BYTES, etag: '"v1"' }));
});

afterEach(async () => {
  await server.stop();
  place.remove();
});

/** Files of the folder that this process holds open. */
function held(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(place.path) ? [path] : [];
    } catch {
      return [];
    }
  });
}

describe('a download to a file that is left', () => {
  it.each([true, false])(
    'at any moment leaves all of its target or none, no open file and no open socket: resume %s',
    async (resume) => {
      const random = seededRandom(resume ? 5 : 6);
      const client = createClient({ baseUrl: server.url });
      for (let n = 0; n < 60; n++) {
        const turns = Math.floor(random() * 60);
        const late: string[] = [];
        let left = false;
        const download = downloadToFile(client.get('/film'), place.at('film'), {
          resume,
          overwrite: true,
        }).subscribe(({ type }) => left && late.push(type));
        for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
        download.unsubscribe();
        left = true;
        await place.until(
          (names) =>
            held().length === 0 &&
            names.every(
              (name) => name === 'film' || (resume && /^film\.part(\.json)?$/.test(name)),
            ),
        );
        if (place.names().includes('film'))
          expect(readFileSync(place.at('film')).equals(BYTES)).toBe(true);
        expect(late).toEqual([]);
      }
      await server.until(({ connections }) => connections.open <= 1);
      const { values } = await outcomeOf(
        downloadToFile(client.get('/film'), place.at('film'), { resume, overwrite: true }),
      );
      expect(values.at(-1)).toMatchObject({ type: 'saved', bytes: BYTES.length });
      expect(place.names()).toEqual(['film']);
      expect(readFileSync(place.at('film')).equals(BYTES)).toBe(true);
      expect(held()).toEqual([]);
    },
  );

  it('is the same over a fake that answers at once', async () => {
    const fake = fakeFactory({ 'GET /film': answer.bytes(200, BYTES) });
    const client = createClient({ baseUrl: 'http://t', factory: fake });
    const task = downloadToFile(client.get('/film'), place.at('film'), { overwrite: true });
    expect(fake.subscribed).toBe(0);
    for (const times of [1, 2]) {
      const { values } = await outcomeOf(task);
      expect(values.at(-1)).toMatchObject({ type: 'saved', bytes: BYTES.length });
      expect(fake.subscribed).toBe(times);
    }
    expect(readFileSync(place.at('film')).equals(BYTES)).toBe(true);
    expect(place.names()).toEqual(['film']);
  });
});
