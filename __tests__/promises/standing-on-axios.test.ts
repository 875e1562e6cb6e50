import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { Agent } from 'node:http';
import axios, { type InternalAxiosRequestConfig } from 'axios';
import { axiosFactory, createClient } from 'coldwire';
import { loopback } from '../support/loopback.js';
import { outcomeOf } from './outcome.js';

const SRC = new URL('../../src/', import.meta.url);
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => [file, readFileSync(new URL(file, SRC), 'utf8')] as const);

/** The config that axios hands to an adapter for one request of ours, over an instance of the user's. */
async function configOf(): Promise<InternalAxiosRequestConfig> {
  let given: InternalAxiosRequestConfig | undefined;
  const instance = axios.create();
  instance.interceptors.request.use((config) => (given = config));
  const server = await loopback();
  await outcomeOf(createClient({ factory: axiosFactory({ instance }) }).post(server.url, 'x'));
  await server.stop();
  if (given === undefined) throw new Error('axios was not asked');
  return given;
}

describe('standing on axios', () => {
  it('no deadline is built on AbortSignal.timeout or AbortSignal.any, which do not always fire', () => {
    const users = sources.filter(([, text]) => /AbortSignal\.(timeout|any)\(/.test(text));
    expect(users.map(([file]) => file)).toEqual([]);
  });

  it('axios neither follows redirects nor undoes codings nor bounds, and its own clock is off', async () => {
    const config = await configOf();
    expect(config).toMatchObject({ maxRedirects: 0, decompress: false });
    expect([undefined, 0]).toContain(config.timeout);
  });

  it('the package asks for an axios without open advisories', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', SRC), 'utf8')) as {
      peerDependencies: Record<string, string>;
      dependencies?: Record<string, string>;
    };
    expect(manifest.peerDependencies['axios']).toMatch(/^\^1\.(1[89]|[2-9]\d)\.\d+$/);
    expect(manifest.dependencies ?? {}).toEqual({});
  });

  it('an upload of a known length is not sent by chunks, and one of unknown length is', async () => {
    const server = await loopback();
    const client = createClient();
    await outcomeOf(client.put(server.url, new Uint8Array(10)));
    await outcomeOf(
      client.put(server.url, () =>
        (async function* () {
          yield new Uint8Array(10);
        })(),
      ),
    );
    await server.stop();
    expect(
      server.requests.map(({ headers }) => [
        headers['content-length'],
        headers['transfer-encoding'],
      ]),
    ).toEqual([
      ['10', undefined],
      [undefined, 'chunked'],
    ]);
  });

  it('what it asks of the agent is one connection, and it gives it back', async () => {
    const server = await loopback(() => ({ json: 1 }));
    const agent = new Agent({ keepAlive: true });
    const client = createClient({
      factory: axiosFactory({ instance: axios.create({ httpAgent: agent }) }),
    });
    for (let i = 0; i < 5; i++) await outcomeOf(client.get(server.url));
    expect(server.connections.opened).toBe(1);
    expect(Object.values(agent.sockets).flat()).toEqual([]);
    agent.destroy();
    await server.stop();
  });
});
