import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import { type BodyRecipe, createClient, recipeBody } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import type { ChallengeOptions } from '../../src/challenges/challenge-options.js';
import { type FaultServer, faultServer } from '../support/fault-server.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';
import { everywhere, factories } from '../promises/factories.js';
import { ADA, BASIC_ADA, always, failure } from './guarded.js';

const PIECE_BYTES = 65_536;
const WHOLE_BYTES = 256 * PIECE_BYTES;
const MEBIBYTE = 1_048_576;
const PIECE = new Uint8Array(PIECE_BYTES);
const ASKED = 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="staff"\r\n';

interface Source {
  pulledBytes: number;
  opened: number;
  readonly open: BodyRecipe;
  /** It was let go. */
  readonly released: Promise<void>;
}

function source(wholeBytes = WHOLE_BYTES): Source {
  let release: (() => void) | undefined;
  const state: Source = {
    released: new Promise((resolve) => (release = resolve)),
    pulledBytes: 0,
    opened: 0,
    open: async function* () {
      state.opened += 1;
      try {
        for (let made = 0; made < wholeBytes; made += PIECE_BYTES) {
          state.pulledBytes += PIECE_BYTES;
          yield await Promise.resolve(PIECE);
        }
      } finally {
        release?.();
      }
    },
  };
  return state;
}

describe('a large body behind a challenge, counted at the server', () => {
  let server: LoopbackServer;
  let bodyBytes: number[];
  afterEach(() => server.stop());

  /** Wants Basic; looks at it behind the body, as most servers do, or at once. */
  const asking = async (when: 'late' | 'early'): Promise<void> => {
    bodyBytes = [];
    server = await loopback(
      async (request, response) => {
        const n = bodyBytes.push(0) - 1;
        const read = whole(request, (bytes) => (bodyBytes[n]! += bytes));
        const isKnown = request.headers.authorization === BASIC_ADA;
        if (when === 'late' || isKnown) await read;
        else read.catch(() => undefined);
        response.writeHead(isKnown ? 200 : 401, { 'www-authenticate': 'Basic realm="staff"' });
        response.end('1');
      },
      { readsBody: false },
    );
  };
  const client = (options: ChallengeOptions = {}) =>
    createClient({
      baseUrl: server.url,
      interceptors: [answerChallenges({ onChallenge: always(ADA), ...options })],
    });
  const total = (): number => bodyBytes.reduce((sum, bytes) => sum + bytes, 0);
  const put = async (options?: ChallengeOptions): Promise<number> => {
    await asking('late');
    await lastValueFrom(client(options).put('/up', source().open));
    return total();
  };

  it.each(['HEAD', 'OPTIONS', 'GET'] as const)(
    'goes out once behind a probe by %s, and once where the credential is known (E7, E22, E23)',
    async (probe) => {
      await asking('late');
      const body = source();
      const guarded = client({ probe });
      await lastValueFrom(guarded.put('/up', body.open));
      await lastValueFrom(guarded.put('/up', recipeBody(body.open, { length: WHOLE_BYTES })));
      expect([bodyBytes, body.opened]).toEqual([[0, 0, WHOLE_BYTES, WHOLE_BYTES], 2]);
    },
  );

  it('costs once its bytes, where axios and got send it twice (E7, E15)', async () => {
    expect([await put({ probe: 'HEAD' }), total()]).toEqual([WHOLE_BYTES, WHOLE_BYTES]);
    await server.stop();
    for (const name of rivals()) {
      await asking('late');
      expect(await rival(name, server.url)).toMatchObject({ status: 200 });
      expect([name, total()]).toEqual([name, 2 * WHOLE_BYTES]);
      await server.stop();
    }
  });

  it('stops at an early 401, as got does, where axios sends all of it in vain (E15, E17)', async () => {
    await asking('early');
    const { open } = source();
    await lastValueFrom(client().put('/up', open));
    expect(bodyBytes[0]).toBeLessThan(WHOLE_BYTES);
    expect(bodyBytes[1]).toBe(WHOLE_BYTES);
    for (const name of rivals()) {
      await server.stop();
      await asking('early');
      expect(await rival(name, server.url)).toMatchObject({ status: 200 });
      const isWhole = bodyBytes[0] === WHOLE_BYTES;
      expect([name, isWhole, bodyBytes[1]]).toEqual([name, name === 'axios', WHOLE_BYTES]);
    }
  });
});

/** Axios is always there; got is where the rivals are installed. */
function rivals(): string[] {
  if (existsSync('bench/node_modules/got')) return ['axios', 'got'];
  console.warn('NOT TRIED, as not installed (npm run peers:install): got');
  return ['axios'];
}

/** In a process of its own, beside the server in this one. */
function rival(name: string, url: string): Promise<{ status: unknown; sourceBytes: number }> {
  const script = '__tests__/challenges/rivals.mjs';
  const child = spawn(process.execPath, [script, name, `${url}/up`, String(WHOLE_BYTES)]);
  let said = '';
  let trouble = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (trouble += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      if (said === '') reject(new Error(trouble));
      else resolve(JSON.parse(said) as { status: unknown; sourceBytes: number });
    });
  });
}

async function whole(request: IncomingMessage, count: (bytes: number) => void): Promise<void> {
  for await (const chunk of request as AsyncIterable<Buffer>) count(chunk.byteLength);
}

describe.each(everywhere)('an early answer to a large body, over %s', (way) => {
  let server: FaultServer;
  afterEach(() => server.stop());
  const idle = createClient();

  it.each([
    ['and the server reads on', 'Content-Length: 0\r\n\r\n', 'read'],
    ['and the connection is reset right behind it', 'Content-Length: 0\r\n\r\n', 'reset'],
    ['and its own body never ends', 'Content-Length: 9\r\n\r\nabc', 'read'],
  ])('stops the upload at once: %s (E17)', async (_name, rest, then) => {
    server = await faultServer();
    const body = source(64 * WHOLE_BYTES);
    const client = createClient({
      baseUrl: server.url,
      factory: factories[way](),
      interceptors: [answerChallenges()],
    });
    const outcome = failure(client.put('/up', body.open));
    const exchange = await server.next();
    exchange.stopReading();
    // All buffers on the way are full when nothing more is pulled while others ask and are answered.
    for (let before = -1; before !== body.pulledBytes;) {
      before = body.pulledBytes;
      for (let n = 0; n < 20; n++) {
        const answered = lastValueFrom(idle.get(server.url));
        await (await server.next()).respond(200, {}, '1');
        await answered;
      }
    }
    const before = body.pulledBytes;
    expect(before).toBeGreaterThan(0);
    await exchange.raw(ASKED + rest);
    if (then === 'reset') await exchange.reset();
    else exchange.resumeReading();
    await body.released;
    // Only now does the answer end, such as it is.
    if (rest.includes('abc')) await exchange.end();
    expect(await outcome).toMatchObject({ kind: 'status', status: 401 });
    await exchange.closed;
    expect(body.pulledBytes - before).toBeLessThanOrEqual(MEBIBYTE);
    expect(body.opened).toBe(1);
  });
});
