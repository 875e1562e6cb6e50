import { afterEach } from '@jest/globals';
import type { AxiosInstance } from 'axios';
import { type Client, axiosFactory, createClient } from 'coldwire';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';

/** A server for a test, and what it has come to; it is stopped behind each. */
export const ground: { server: FaultServer; serve(script?: Script): Promise<string> } = {
  server: undefined as unknown as FaultServer,
  serve: async (script) => (ground.server = await faultServer(script)).url,
};
afterEach(() => ground.server.stop());

/** A client that sends through the instance. */
export const through = (instance: AxiosInstance): Client =>
  createClient({ factory: axiosFactory({ instance }) });

/** Answers with what was asked: the header fields, and the body as `body`. */
export const tells: Script = async (exchange) => {
  const body = await exchange.readBody();
  await exchange.respond(
    200,
    { 'content-type': 'application/json' },
    JSON.stringify({ ...exchange.request.headers, body: String(body) }),
  );
};
