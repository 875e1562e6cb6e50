import type { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import axios, { type AxiosRequestConfig } from 'axios';
import { firstValueFrom } from 'rxjs';
import { recipeBody, retryTransient } from 'coldwire';
import { errorOf } from '../promises/outcome.js';
import * as faults from '../support/faults.js';
import { latch } from '../support/latch.js';
import { ground, tells, through } from './instance-ground.js';

describe('an interceptor of the user’s axios instance', () => {
  it('runs around each attempt, which sees fresh header fields', async () => {
    const url = await ground.serve(faults.inTurn(faults.answers(503), tells));
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
    expect(await firstValueFrom(client.put(url, 'kept'))).toMatchObject({
      'x-turn': '3',
      body: 'kept',
    });
    expect(order).toEqual(['request', 'response 503', 'request', 'response 200']);
  });

  it('may change the body, either way', async () => {
    const url = await ground.serve(tells);
    const instance = axios.create();
    instance.interceptors.request.use((config) => ({
      ...config,
      data: Buffer.from(String(config.data).toUpperCase()),
    }));
    instance.interceptors.response.use(async (response) => {
      const text = await asTextOf(response.data as Readable);
      return { ...response, data: { ...(JSON.parse(text) as object), added: true } };
    });
    expect(await firstValueFrom(through(instance).post(url, 'shout'))).toMatchObject({
      body: 'SHOUT',
      'content-length': '5',
      added: true,
    });
  });

  it('may give the body alone: the status stays what it was', async () => {
    const zipped = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const url = await ground.serve(
      faults.byPath({
        '/ok': faults.answers(200, zipped, gzipSync('[1]')),
        '/no': faults.answers(404, {}, 'no'),
      }),
    );
    const instance = axios.create();
    instance.interceptors.response.use((response) => response.data as never);
    expect(await firstValueFrom(through(instance).get(`${url}/ok`))).toEqual([1]);
    expect(await errorOf(through(instance).get(`${url}/no`))).toMatchObject({
      kind: 'status',
      status: 404,
    });
  });

  it('may throw: a network error whose cause it is', async () => {
    await ground.serve();
    const own = new Error('not today');
    const instance = axios.create();
    instance.interceptors.request.use(() => {
      throw own;
    });
    const error = await errorOf(through(instance).get(ground.server.url));
    expect(error).toMatchObject({ kind: 'network', code: 'NETWORK_FAILED', sent: false });
    expect(error.cause).toBe(own);
    expect(ground.server.connections.opened).toBe(0);
  });

  it('may send again', async () => {
    const url = await ground.serve(faults.inTurn(faults.resetsBeforeHead(), tells));
    const instance = axios.create();
    instance.interceptors.response.use(undefined, (error: { config: AxiosRequestConfig }) =>
      instance.request(error.config),
    );
    const opened: number[] = [];
    const body = recipeBody(async function* () {
      opened.push(1);
      yield Buffer.from('again');
    });
    expect(await firstValueFrom(through(instance).put(url, body))).toMatchObject({ body: 'again' });
    expect(opened.length).toBe(2);
    expect(ground.server.exchanges.length).toBe(2);
  });

  it('that is left while it thinks sends nothing', async () => {
    await ground.serve();
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
    const subscription = through(instance)
      .get(ground.server.url)
      .subscribe({
        next: (value) => heard.push(value),
        error: (error: unknown) => heard.push(error),
      });
    await asked.opened;
    subscription.unsubscribe();
    thinking.open();
    await answered.opened;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(heard).toEqual([]);
    expect(ground.server.connections.opened).toBe(0);
  });
});

async function asTextOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const part of stream) text += String(part);
  return text;
}
