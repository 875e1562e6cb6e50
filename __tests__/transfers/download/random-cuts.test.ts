import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asBytes, createClient, isTaskError } from '../../../src/index.js';
import { resumeDownload } from '../../../src/transfers/index.js';
import { outcomeOf } from '../../promises/outcome.js';
import { type Script, faultServer } from '../../support/fault-server.js';
import { type Departure, answerRange, bytesOf, digestField } from '../../support/range-answers.js';

const size = fc.integer({ min: 0, max: 40_000 });

/** What a server may do to one request: right, broken off, out of order, or of another version. */
const behaviour = fc.oneof(
  { weight: 6, arbitrary: fc.record({ upTo: size, then: fc.constantFrom('cut', 'reset') }) },
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.record({ ignoresRange: fc.constant(true), upTo: size }) },
  { weight: 1, arbitrary: fc.record({ ignoresIfRange: fc.constant(true), changed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ changed: true }) },
  { weight: 1, arbitrary: fc.record({ status: fc.constantFrom(416, 500, 503) }) },
  { weight: 1, arbitrary: fc.record({ range: fc.string({ maxLength: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ first: size, last: size, total: fc.option(size) }) },
  { weight: 1, arbitrary: fc.constant({ then: 'reset', upTo: 0 }) },
) as fc.Arbitrary<
  Departure & {
    changed?: boolean;
    status?: number;
    range?: string;
    first?: number;
    last?: number;
    total?: number | null;
  }
>;

describe('a resumed download of random bytes, cut at random places by a server that does as it likes', () => {
  it.each([
    ['streamed', false],
    ['collected', true],
  ])(
    'is exactly the bytes of one version or a typed error, never a short success: %s',
    async (_name, collects) => {
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            length: size,
            behaviours: fc.array(behaviour, { maxLength: 8 }),
            etag: fc.constantFrom('"v1"', 'W/"v1"', undefined),
            digested: fc.boolean(),
          }),
          async ({ length, behaviours, etag, digested }) => {
            const versions = [bytesOf(length, 1), bytesOf(length + 7, 2)] as const;
            const script: Script = async (exchange) => {
              const how = behaviours[exchange.n - 1] ?? {};
              const bytes = versions[how.changed === true ? 1 : 0];
              if (how.status !== undefined) return exchange.respond(how.status);
              const { first, last, total, range } = how;
              if (first !== undefined && last !== undefined) {
                const part = bytes.subarray(first, last + 1);
                return exchange.respond(
                  206,
                  {
                    'content-range': `bytes ${first}-${last}/${total ?? '*'}`,
                    etag: etag ?? '"v1"',
                  },
                  part,
                );
              }
              const version = {
                bytes,
                ...(etag !== undefined && { etag: how.changed === true ? '"v2"' : etag }),
                headers: {
                  ...(digested && { 'repr-digest': digestField(bytes) }),
                  ...(range !== undefined && {
                    'content-range': range.replace(/[^\x20-\x7e]/g, ''),
                  }),
                },
              };
              return answerRange(exchange, version, how);
            };
            const server = await faultServer(script);
            try {
              const client = createClient({ baseUrl: server.url, random: () => 0 });
              const policy = resumeDownload({ maxAttempts: 4 });
              const task = client.get('/x', { decode: asBytes });
              const { values, completed, error } = await outcomeOf(
                collects ? task.pipe(policy) : task.bytes.pipe(policy),
              );
              const got = Buffer.concat(values);
              if (completed) expect(versions.some((bytes) => bytes.equals(got))).toBe(true);
              else expect(isTaskError(error)).toBe(true);
              // Also what was delivered before an error is the start of one version.
              expect(versions.some((bytes) => bytes.subarray(0, got.length).equals(got))).toBe(
                true,
              );
            } finally {
              await server.stop();
            }
          },
        ),
        { numRuns: 120, seed: 20_261_122 },
      );
    },
  );
});
