import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { concat, filter, lastValueFrom, map, of, timer, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type TaskRequest, createClient } from 'coldwire';
import { pauseWhile } from 'coldwire/streams';
import { answer } from 'coldwire/testing';
import { resumableUpload, tusProtocol } from 'coldwire/transfers';
import { content } from '../../support/resumable-content.js';
import { TusMemory } from '../../support/tus-memory.js';

const CASES = 300;

describe('whatever befalls its requests, an upload', () => {
  it('arrives with every byte once: never one lost, none twice, at any cut and any lost answer (L7, L10)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 5000 }),
        fc.array(
          fc.oneof(
            { weight: 2, arbitrary: fc.constant({ through: Infinity, answered: true }) },
            fc.record({ through: fc.integer({ min: 0, max: 2000 }), answered: fc.boolean() }),
            fc.constant({ through: Infinity, answered: false }),
          ),
          { maxLength: 30 },
        ),
        fc.integer({ min: 16, max: 2500 }),
        fc.boolean(),
        async (length, fates, chunkBytes, creationWithUpload) => {
          const server = new TusMemory();
          const left = [...fates];
          let cut = 0;
          const factory = server.factory((_request, bytes) => {
            const fate = left.shift() ?? { through: Infinity, answered: true };
            if (!(fate.answered && fate.through >= bytes)) cut += Math.min(fate.through, bytes);
            return fate;
          });
          const bytes = content(length, length);
          const done = await lastValueFrom(
            resumableUpload(createClient({ factory }), 'http://t/files', bytes, {
              protocol: tusProtocol({ creationWithUpload }),
              chunkBytes: () => chunkBytes,
              baseDelayMs: 0,
              maxLosses: Infinity,
              decode: () => undefined,
            }),
          );
          expect(done).toMatchObject({ type: 'done', bytes: length });
          expect(server.finished.at(-1)).toEqual(Buffer.from(bytes));
          // An empty content is complete when it is made: that is the one thing that a lost answer may make twice.
          if (length > 0) expect(server.finished).toHaveLength(1);
          expect(server.violations).toEqual([]);
          // Only a creation whose answer was lost leaves bytes behind that nobody knows of.
          const lostCreations = [...server.uploads.values()].slice(0, -1);
          const orphaned = lostCreations.reduce((sum, { offset }) => sum + offset, 0);
          expect(factory.bytes).toBe(length + orphaned);
          expect(cut).toBeGreaterThanOrEqual(orphaned);
        },
      ),
      { numRuns: CASES, seed: 20_261_122 },
    );
  });

  it('waits in virtual time after a loss, twice as long each time at the most', () => {
    new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    }).run(({ expectObservable }) => {
      const server = new TusMemory();
      let sent = 0;
      const factory = server.factory(() => ({
        through: Infinity,
        answered: ![2, 3, 4].includes(++sent),
      }));
      const client = createClient({ factory, random: () => 1 });
      const upload = resumableUpload(client, 'http://t/files', content(1500), {
        protocol: tusProtocol(),
        baseDelayMs: 100,
        decode: () => undefined,
      });
      // The creation is answered, the chunk is not, nor the first two questions what came of it.
      expectObservable(upload.pipe(map(({ type }) => type[0]))).toBe(
        '(ppbppw) 92ms w 199ms w 399ms (pd|)',
      );
    });
  });

  it('waits as long as the server asks by Retry-After, and ten minutes of outage pass in virtual time (L8)', () => {
    new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    }).run(({ expectObservable, flush }) => {
      const server = new TusMemory();
      const healthy = server.factory(() => ({ through: Infinity, answered: true }));
      let n = 0;
      const make = (request: TaskRequest) => {
        n += 1;
        if (n === 2) return answer.status(503, { headers: { 'retry-after': '7' } });
        return n > 2 && n < 24 ? answer.fail('UNREACHABLE') : healthy.make(request);
      };
      const bytes = content(1500);
      const upload = resumableUpload(
        createClient({ factory: { make }, random: () => 1 }),
        'http://t/files',
        bytes,
        {
          protocol: tusProtocol(),
          maxLosses: Infinity,
          decode: () => undefined,
        },
      );
      const waits = upload.pipe(
        filter(({ type }) => type === 'waiting' || type === 'done'),
        map((notice) => (notice.type === 'waiting' ? notice.delayMs : notice.type)),
        toArray(),
        map((all) => [
          all[0],
          all[1],
          Math.max(...all.filter((one) => typeof one === 'number')),
          all.at(-1),
        ]),
      );
      expectObservable(waits).toBe(
        `${String(7000 + 1000 + 2000 + 4000 + 8000 + 16_000 + 16 * 30_000)}ms (w|)`,
        {
          w: [7000, 1000, 30_000, 'done'],
        },
      );
      flush();
      expect(server.finished).toEqual([Buffer.from(bytes)]);
    });
  });

  it('is not ended by a deadline of its own while it waits in a queue or a pause', () => {
    new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    }).run(({ expectObservable }) => {
      const server = new TusMemory();
      const factory = server.factory(() => ({ through: Infinity, answered: true }));
      const paused$ = concat(of(true), timer(9 * 60_000).pipe(map(() => false)));
      const client = createClient({ factory, interceptors: [pauseWhile(paused$)] });
      const upload = resumableUpload(client, 'http://t/files', content(100), {
        protocol: tusProtocol({ creationWithUpload: false }),
        maxLosses: 0,
        idleMs: 1000,
        decode: () => undefined,
      });
      expectObservable(
        upload.pipe(
          filter(({ type }) => type === 'done'),
          map(() => 'd'),
        ),
      ).toBe('1080000ms (d|)');
    });
  });

  it('tells the same whether the server answers at once or later (L10)', async () => {
    const told = async (delayed: (answer: () => void) => void): Promise<unknown> => {
      const server = new TusMemory();
      let n = 0;
      const factory = server.factory(
        () => ({ through: ++n === 3 ? 700 : Infinity, answered: n !== 5 }),
        delayed,
      );
      const upload = resumableUpload(createClient({ factory }), 'http://t/files', content(9000), {
        protocol: tusProtocol(),
        baseDelayMs: 0,
        decode: () => undefined,
      });
      return lastValueFrom(
        upload.pipe(
          map(({ type }) => type),
          toArray(),
        ),
      );
    };
    expect(await told((give) => give())).toEqual(await told((give) => void setImmediate(give)));
  });
});
