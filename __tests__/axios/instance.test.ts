import { once } from 'node:events';
import http, { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import { firstValueFrom } from 'rxjs';
import { type Client, asText, axiosFactory, createClient, recipeBody, retryTransient } from 'coldwire';
import { handClock } from '../promises/hand-clock.js';
import { errorOf } from '../promises/outcome.js';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { forwardProxy } from '../support/forward-proxy.js';
import { latch } from '../support/latch.js';
import { loopback, type LoopbackServer } from '../support/loopback.js';

let server: FaultServer;
let other: LoopbackServer | undefined;
const serve = async (script?: Script): Promise<string> => (server = await faultServer(script)).url;
afterEach(async () => {
  await server.stop();
  await other?.stop();
  other = undefined;
});

const through = (instance: AxiosInstance): Client => createClient({ factory: axiosFactory({ instance }) });
const tells: Script = async (exchange) => {
  const body = await exchange.readBody();
  await exchange.respond(200, { 'content-type': 'application/json' }, JSON.stringify({ ...exchange.request.headers, body: String(body) }));
};

describe('an axios instance of the user’s', () => {
  it('has its header fields, credentials and parameters honoured', async () => {
    const url = await serve(async (exchange) => exchange.respond(200, {}, JSON.stringify({ path: exchange.request.path, ...exchange.request.headers })));
    const instance = axios.create({ headers: { common: { 'X-Common': '1' }, get: { 'X-Get': '2' } }, auth: { username: 'ada', password: 'pw' }, params: { v: 3 } });
    expect(await firstValueFrom(through(instance).get(`${url}/a`))).toMatchObject({
      path: '/a?v=3',
      'x-common': '1',
      'x-get': '2',
      authorization: `Basic ${Buffer.from('ada:pw').toString('base64')}`,
    });
  });

  it('has its agents honoured', async () => {
    const url = await serve(faults.answers(200, {}, '1'));
    const httpAgent = new Agent({ keepAlive: true });
    const free = once(httpAgent, 'free');
    await firstValueFrom(through(axios.create({ httpAgent })).get(url));
    await free;
    expect(Object.keys(httpAgent.freeSockets)).toHaveLength(1);
    httpAgent.destroy();
  });

  it('has its proxy honoured, and a proxy that refuses is told apart from a host that does', async () => {
    const url = await serve(faults.answers(200, {}, '"through"'));
    const proxy = await forwardProxy();
    const instance = axios.create({ proxy: { host: '127.0.0.1', port: proxy.port } });
    expect(await firstValueFrom(through(instance).get(`${url}/x`))).toBe('through');
    expect(proxy.asked.map(({ target }) => target)).toEqual([`${url}/x`]);
    await proxy.stop();
    expect(await errorOf(through(instance).get(url))).toMatchObject({ kind: 'network', code: 'PROXY_FAILED', sent: false });
    expect(await errorOf(through(instance).get(url.replace('http:', 'https:')))).toMatchObject({ kind: 'network', code: 'PROXY_FAILED', sent: false });
  });

  it('has its interceptors run around each attempt, which sees fresh header fields', async () => {
    const url = await serve(faults.inTurn(faults.answers(503), tells));
    const order: string[] = [];
    const instance = axios.create();
    instance.interceptors.request.use((config) => {
      config.headers.set('X-Turn', String(order.push('request')));
      return config;
    });
    instance.interceptors.response.use((response) => {
      order.push(`response ${String(response.status)}`);
      return response;
    });
    const client = through(instance).with(retryTransient({ baseDelayMs: 1 }));
    expect(await firstValueFrom(client.put(url, 'kept'))).toMatchObject({ 'x-turn': '3', body: 'kept' });
    expect(order).toEqual(['request', 'response 503', 'request', 'response 200']);
  });

  it('may have an interceptor that changes the body, either way', async () => {
    const url = await serve(tells);
    const instance = axios.create();
    instance.interceptors.request.use((config) => ({ ...config, data: Buffer.from(String(config.data).toUpperCase()) }));
    instance.interceptors.response.use(async (response) => {
      const text = await asTextOf(response.data as Readable);
      return { ...response, data: { ...(JSON.parse(text) as object), added: true } };
    });
    expect(await firstValueFrom(through(instance).post(url, 'shout'))).toMatchObject({ body: 'SHOUT', 'content-length': '5', added: true });
  });

  it('may have an interceptor that gives the body alone: the status stays what it was', async () => {
    const zipped = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const url = await serve(faults.byPath({ '/ok': faults.answers(200, zipped, gzipSync('[1]')), '/no': faults.answers(404, {}, 'no') }));
    const instance = axios.create();
    instance.interceptors.response.use((response) => response.data as never);
    expect(await firstValueFrom(through(instance).get(`${url}/ok`))).toEqual([1]);
    expect(await errorOf(through(instance).get(`${url}/no`))).toMatchObject({ kind: 'status', status: 404 });
  });

  it('may have an interceptor that throws: a network error whose cause it is', async () => {
    await serve();
    const own = new Error('not today');
    const instance = axios.create();
    instance.interceptors.request.use(() => { throw own; });
    const error = await errorOf(through(instance).get(server.url));
    expect(error).toMatchObject({ kind: 'network', code: 'NETWORK_FAILED', sent: false });
    expect(error.cause).toBe(own);
    expect(server.connections.opened).toBe(0);
  });

  it('may have an interceptor that sends again', async () => {
    const url = await serve(faults.inTurn(faults.resetsBeforeHead(), tells));
    const instance = axios.create();
    instance.interceptors.response.use(undefined, (error: { config: AxiosRequestConfig }) => instance.request(error.config));
    const opened: number[] = [];
    const body = recipeBody(async function* () {
      opened.push(1);
      yield Buffer.from('again');
    });
    expect(await firstValueFrom(through(instance).put(url, body))).toMatchObject({ body: 'again' });
    expect(opened.length).toBe(2);
    expect(server.exchanges.length).toBe(2);
  });

  it('left while an interceptor thinks sends nothing', async () => {
    await serve();
    const thinking = latch();
    const [asked, answered] = [latch(), latch()];
    const instance = axios.create();
    instance.interceptors.request.use(async (config) => {
      asked.open();
      await thinking.opened;
      answered.open();
      return config;
    });
    const heard: unknown[] = [];
    const subscription = through(instance).get(server.url).subscribe({ next: (value) => heard.push(value), error: (error) => heard.push(error) });
    await asked.opened;
    subscription.unsubscribe();
    thinking.open();
    await answered.opened;
    await new Promise((resolve) => { setImmediate(resolve); });
    expect(heard).toEqual([]);
    expect(server.connections.opened).toBe(0);
  });

  it('has its own adapter honoured, whatever that resolves with', async () => {
    await serve();
    const adapter = (config: object): Promise<never> =>
      Promise.resolve({ status: 200, statusText: 'OK', headers: { 'Content-Type': 'application/json' }, data: { mocked: true }, config } as never);
    expect(await firstValueFrom(through(axios.create({ adapter })).get(server.url).response)).toMatchObject({ status: 200, body: { mocked: true } });
  });

  it('has its own transport honoured', async () => {
    const url = await serve(tells);
    const transport = { request: (options: { headers: object }) => http.request({ ...options, headers: { ...options.headers, 'X-Transport': 'mine' } }) };
    expect(await firstValueFrom(through(axios.create({ transport } as object)).get(url))).toMatchObject({ 'x-transport': 'mine' });
  });

  it('has its own fetch honoured', async () => {
    await serve();
    const instance = axios.create({ adapter: 'fetch', env: { fetch: () => Promise.resolve(new Response('"mine"', { headers: { 'x-a': 'b' } })) } });
    const { body, headers } = await firstValueFrom(through(instance).get(server.url).response);
    expect([body, headers.get('x-a')]).toEqual(['mine', 'b']);
  });

  it('is told nothing of transforms, validateStatus, decompress, redirects and response types: those are the client’s', async () => {
    const url = await serve(faults.byPath({ '/teapot': faults.answers(418, {}, 'short and stout'), '/old': faults.redirects('/new'), '/new': tells }));
    const instance = axios.create({
      maxRedirects: 0,
      responseType: 'json',
      transformRequest: () => 'transformed',
      transformResponse: () => 'transformed',
      validateStatus: () => true,
      withXSRFToken: true,
    });
    expect(await errorOf(through(instance).get(`${url}/teapot`))).toMatchObject({ kind: 'status', status: 418 });
    expect(await firstValueFrom(through(instance).get(`${url}/old`))).toMatchObject({ body: '' });
  });

  it('sends its header fields and credentials to no other origin, by a redirect', async () => {
    const landed: http.IncomingHttpHeaders[] = [];
    other = await loopback((request) => {
      landed.push(request.headers);
      return { json: 'abroad' };
    });
    const url = await serve(faults.redirects(`${other.url}/x`));
    const instance = axios.create({ auth: { username: 'ada', password: 'pw' }, headers: { common: { Cookie: 'sid=1', 'X-Api-Key': 'k' } }, params: { token: 't' } });
    instance.interceptors.request.use((config) => {
      config.headers.set('X-Signed', 'with the key');
      return config;
    });
    expect(await firstValueFrom(through(instance).get(url, { headers: { 'Accept-Language': 'de' } }))).toBe('abroad');
    expect(landed).toHaveLength(1);
    expect(landed[0]).toMatchObject({ 'accept-language': 'de' });
    for (const name of ['authorization', 'cookie', 'x-api-key', 'x-signed']) expect(landed[0]).not.toHaveProperty(name);
    expect(other.requests[0]?.url).toBe('/x');
    expect(server.exchanges[0]?.request.headers).toMatchObject({ 'x-signed': 'with the key', 'x-api-key': 'k' });
  });

  it('takes a limit of its own as a limit, and one on what is sent as a bad request', async () => {
    const url = await serve(async (exchange) => exchange.respond(200, {}, 'x'.repeat(1_000)));
    expect(await errorOf(through(axios.create({ maxContentLength: 10 })).get(url))).toMatchObject({ kind: 'limit', which: 'response', maxBytes: 10 });
    expect(await errorOf(through(axios.create({ maxBodyLength: 3 })).post(url, 'four'))).toMatchObject({ kind: 'request', field: 'body' });
  });
});

describe('the timeout of an axios instance', () => {
  it.each<[string, Script, string]>([
    ['before the head', faults.neverAnswers(), 'response'],
    ['in the body', faults.breaksInBody('stall'), 'idle'],
  ])('is a timeout %s, over http', async (_where, script, phase) => {
    const url = await serve(script);
    expect(await errorOf(through(axios.create({ timeout: 300 })).get(url, { decode: asText }))).toMatchObject({ kind: 'timeout', phase, afterMs: 300 });
    await server.unconnected();
  });

  it('covers making the connection', async () => {
    await serve();
    const clock = handClock();
    const url = 'http://127.0.0.1:9/';
    const made = latch();
    const httpAgent = new Agent();
    // A connection that never is made.
    Object.assign(httpAgent, { createConnection: () => { made.open(); return undefined; } });
    const failed = errorOf(through(axios.create({ timeout: 30, httpAgent })).with({ scheduler: clock.scheduler }).get(url));
    await made.opened;
    clock.advance(30);
    expect(await failed).toMatchObject({ kind: 'timeout', phase: 'connect', afterMs: 30 });
  });

  it.each<[string, Script]>([
    ['before the head', faults.neverAnswers()],
    ['in the body', faults.breaksInBody('stall')],
  ])('is a timeout %s, over fetch', async (_where, script) => {
    const url = await serve(script);
    expect(await errorOf(through(axios.create({ timeout: 300, adapter: 'fetch' })).get(url, { decode: asText }))).toMatchObject({ kind: 'timeout', afterMs: 300 });
    await (await server.next()).closed;
  });
});

async function asTextOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const part of stream) text += String(part);
  return text;
}
