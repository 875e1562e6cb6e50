import { once } from 'node:events';
import http, { Agent, type IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { type Observable, firstValueFrom } from 'rxjs';
import { type BodyInput, recipeBody } from '../../src/index.js';
import { errorOf } from '../promises/outcome.js';
import * as faults from '../support/faults.js';
import { forwardProxy } from '../support/forward-proxy.js';
import { latch } from '../support/latch.js';
import { loopback } from '../support/loopback.js';
import { ground, tells, through } from './instance-ground.js';

describe('an axios instance of the user’s', () => {
  it('has its header fields, credentials and parameters honoured', async () => {
    const url = await ground.serve(async (exchange) =>
      exchange.respond(
        200,
        {},
        JSON.stringify({ path: exchange.request.path, ...exchange.request.headers }),
      ),
    );
    const instance = axios.create({
      headers: { common: { 'X-Common': '1' }, get: { 'X-Get': '2' } },
      auth: { username: 'ada', password: 'pw' },
      params: { v: 3 },
    });
    expect(await firstValueFrom(through(instance).get(`${url}/a`))).toMatchObject({
      path: '/a?v=3',
      'x-common': '1',
      'x-get': '2',
      authorization: `Basic ${Buffer.from('ada:pw').toString('base64')}`,
    });
  });

  it('has its agents honoured', async () => {
    const url = await ground.serve(faults.answers(200, {}, '1'));
    const httpAgent = new Agent({ keepAlive: true });
    const free = once(httpAgent, 'free');
    await firstValueFrom(through(axios.create({ httpAgent })).get(url));
    await free;
    expect(Object.keys(httpAgent.freeSockets)).toHaveLength(1);
    httpAgent.destroy();
  });

  it('has its proxy honoured, and a proxy that refuses is told apart from a host that does', async () => {
    const url = await ground.serve(faults.answers(200, {}, '"through"'));
    const proxy = await forwardProxy();
    const instance = axios.create({ proxy: { host: '127.0.0.1', port: proxy.port } });
    expect(await firstValueFrom(through(instance).get(`${url}/x`))).toBe('through');
    expect(proxy.asked.map(({ target }) => target)).toEqual([`${url}/x`]);
    await proxy.stop();
    expect(await errorOf(through(instance).get(url))).toMatchObject({
      kind: 'network',
      code: 'PROXY_FAILED',
      sent: false,
    });
    expect(await errorOf(through(instance).get(url.replace('http:', 'https:')))).toMatchObject({
      kind: 'network',
      code: 'PROXY_FAILED',
      sent: false,
    });
  });

  it('has its own adapter honoured, whatever that resolves with', async () => {
    await ground.serve();
    const adapter = (config: object): Promise<never> =>
      Promise.resolve({
        status: 200,
        statusText: 'OK',
        headers: { 'Content-Type': 'application/json' },
        data: { mocked: true },
        config,
      } as never);
    expect(
      await firstValueFrom(through(axios.create({ adapter })).get(ground.server.url).response),
    ).toMatchObject({ status: 200, body: { mocked: true } });
  });

  it('has its own transport honoured', async () => {
    const url = await ground.serve(tells);
    const transport = {
      request: (options: { headers: object }) =>
        http.request({ ...options, headers: { ...options.headers, 'X-Transport': 'mine' } }),
    };
    expect(
      await firstValueFrom(through(axios.create({ transport } as object)).get(url)),
    ).toMatchObject({ 'x-transport': 'mine' });
  });

  it('has its own fetch honoured', async () => {
    await ground.serve();
    const instance = axios.create({
      adapter: 'fetch',
      env: { fetch: () => Promise.resolve(new Response('"mine"', { headers: { 'x-a': 'b' } })) },
    });
    const { body, headers } = await firstValueFrom(
      through(instance).get(ground.server.url).response,
    );
    expect([body, headers.get('x-a')]).toEqual(['mine', 'b']);
  });

  it('is told nothing of transforms, validateStatus, decompress, redirects and response types: those are the client’s', async () => {
    const url = await ground.serve(
      faults.byPath({
        '/teapot': faults.answers(418, {}, 'short and stout'),
        '/old': faults.redirects('/new'),
        '/new': tells,
      }),
    );
    const instance = axios.create({
      maxRedirects: 0,
      responseType: 'json',
      transformRequest: () => 'transformed',
      transformResponse: () => 'transformed',
      validateStatus: () => true,
      withXSRFToken: true,
    });
    expect(await errorOf(through(instance).get(`${url}/teapot`))).toMatchObject({
      kind: 'status',
      status: 418,
    });
    expect(await firstValueFrom(through(instance).get(`${url}/old`))).toMatchObject({ body: '' });
  });

  it('sends its header fields and credentials to no other origin, by a redirect', async () => {
    const landed: IncomingHttpHeaders[] = [];
    const other = await loopback((request) => {
      landed.push(request.headers);
      return { json: 'abroad' };
    });
    const url = await ground.serve(faults.redirects(`${other.url}/x`));
    const instance = axios.create({
      auth: { username: 'ada', password: 'pw' },
      headers: { common: { Cookie: 'sid=1', 'X-Api-Key': 'k' } },
      params: { token: 't' },
    });
    instance.interceptors.request.use((config) => {
      config.headers.set('X-Signed', 'with the key');
      return config;
    });
    expect(
      await firstValueFrom(through(instance).get(url, { headers: { 'Accept-Language': 'de' } })),
    ).toBe('abroad');
    expect(landed).toHaveLength(1);
    expect(landed[0]).toMatchObject({ 'accept-language': 'de' });
    for (const name of ['authorization', 'cookie', 'x-api-key', 'x-signed'])
      expect(landed[0]).not.toHaveProperty(name);
    expect(other.requests[0]?.url).toBe('/x');
    await other.stop();
    expect(ground.server.exchanges[0]?.request.headers).toMatchObject({
      'x-signed': 'with the key',
      'x-api-key': 'k',
    });
  });

  it('takes a limit of its own as a limit, and one on what is sent as a bad request', async () => {
    const url = await ground.serve(async (exchange) =>
      exchange.respond(200, {}, 'x'.repeat(1_000)),
    );
    expect(await errorOf(through(axios.create({ maxContentLength: 10 })).get(url))).toMatchObject({
      kind: 'limit',
      which: 'response',
      maxBytes: 10,
    });
    expect(
      await errorOf(through(axios.create({ maxBodyLength: 3 })).post(url, 'four')),
    ).toMatchObject({ kind: 'request', field: 'body' });
  });

  it('holds a streamed body to its maxBodyLength: what says its length is not sent at all, the rest no further', async () => {
    const length = 200_000;
    const seen: number[] = [];
    const gone = latch();
    const server = await loopback(
      async (request) => {
        seen.push(0);
        const at = seen.length - 1;
        try {
          for await (const bytes of request) seen[at] = (seen[at] ?? 0) + (bytes as Buffer).length;
        } catch {
          gone.open();
        }
        return { json: seen[at] };
      },
      { readsBody: false },
    );
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let n = 0; n < 20; n++) yield await Promise.resolve(new Uint8Array(length / 20));
    }
    const post = (maxBodyLength: number, given: BodyInput): Observable<unknown> =>
      through(axios.create({ maxBodyLength })).post(server.url, given);
    const refusal = { kind: 'request', field: 'body', code: 'CANNOT_SEND' };
    expect(await errorOf(post(100_000, recipeBody(body, { length })))).toMatchObject(refusal);
    expect(seen).toEqual([]);
    expect(await errorOf(post(100_000, body))).toMatchObject(refusal);
    if (seen.length > 0) await gone.opened;
    expect(seen[0] ?? 0).toBeLessThanOrEqual(100_000);
    expect(await firstValueFrom(post(length, recipeBody(body, { length })))).toBe(length);
    const bounded = (maxBodyLength: number): Observable<unknown> => {
      const instance = axios.create();
      instance.interceptors.request.use((config) => Object.assign(config, { maxBodyLength }));
      return through(instance).post(server.url, body);
    };
    expect(await errorOf(bounded(100_000))).toMatchObject(refusal);
    expect(await firstValueFrom(bounded(length))).toBe(length);
    await server.stop();
  });
});
