import { type Client, axiosFactory, createClient } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import type { ChallengeOptions } from '../../src/challenges/challenge-options.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';
import type { RealServer } from '../support/real/process.js';
import { type Passed, type Relay, relay } from '../support/real/relay.js';
import { params } from './guarded.js';

/** A real server between a relay that sees all that is asked, and a server of ours that sees whom it lets in. */
export interface Behind {
  readonly url: string;
  readonly server: RealServer;
  readonly backend: LoopbackServer;
  readonly front: Relay;
  readonly passed: readonly Passed[];
  /** Target, status and parameters of `Authorization` of each request. */
  seen(): [string, number, Record<string, string>][];
  client(options?: ChallengeOptions): Client;
  stop(): Promise<void>;
}

/** Starts all three; the innermost answers with how many bytes it was sent. */
export async function behind(start: (backend: number) => Promise<RealServer>): Promise<Behind> {
  const backend = await loopback(async (_request, _response, seen) => ({
    json: (await seen.body()).byteLength,
  }));
  let server: RealServer | undefined;
  let front: Relay;
  try {
    server = await start(backend.port);
    front = await relay(server.port);
  } catch (error) {
    await server?.stop();
    await backend.stop();
    throw error;
  }
  const real = server;
  return {
    url: front.url,
    server: real,
    backend,
    front,
    passed: front.passed,
    seen: () =>
      front.passed.map(({ target, status, headers }) => [
        target,
        status,
        params(headers.authorization),
      ]),
    client: (options = {}) =>
      createClient({ baseUrl: front.url, interceptors: [answerChallenges(options)] }),
    stop: async () => {
      await front.stop();
      await real.stop();
      await backend.stop();
    },
  };
}

/** A client whose plain HTTP goes through a proxy. */
export async function proxied(proxyUrl: string, options: ChallengeOptions): Promise<Client> {
  const { default: axios } = await import('axios');
  const { hostname, port } = new URL(proxyUrl);
  const instance = axios.create({
    proxy: { host: hostname, port: Number(port), protocol: 'http' },
  });
  return createClient({
    factory: axiosFactory({ instance }),
    interceptors: [answerChallenges({ proxyOrigin: new URL(proxyUrl).origin, ...options })],
  });
}
