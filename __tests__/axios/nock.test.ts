import net from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import nock from 'nock';
import { firstValueFrom } from 'rxjs';
import axios from 'axios';
import {
  type AxiosFactoryOptions,
  asText,
  axiosFactory,
  createClient,
  retryTransient,
} from 'coldwire';
import { errorOf, outcomeOf } from '../promises/outcome.js';

const HOST = 'http://api.example.com';
const adapters: Readonly<Record<string, AxiosFactoryOptions>> = {
  http: {},
  fetch: { adapter: 'fetch' },
  'an instance': { instance: axios.create() },
};

let connections = 0;
const { connect } = net.Socket.prototype;
beforeAll(() => {
  net.Socket.prototype.connect = function (this: net.Socket, ...args: never[]) {
    connections++;
    return connect.apply(this, args as never);
  } as typeof connect;
});
afterAll(() => {
  net.Socket.prototype.connect = connect;
});
afterEach(() => {
  expect(connections).toBe(0);
});

describe.each(Object.entries(adapters))(
  'D8: under nock, over %s, no real connection is made and',
  (_name, options) => {
    const client = createClient({ baseUrl: HOST, factory: axiosFactory(options) });

    it('an interceptor answers once and is used up', async () => {
      const scope = nock(HOST).get('/users/1').reply(200, { name: 'Ada' });
      expect(await firstValueFrom(client.get('/users/1'))).toEqual({ name: 'Ada' });
      expect(scope.isDone()).toBe(true);
      expect((await errorOf(client.get('/users/1'))).kind).toBe('network');
    });

    it('a body arrives as it was sent', async () => {
      const scope = nock(HOST).post('/users', { name: 'Grace' }).reply(201, { id: 2 });
      expect(await firstValueFrom(client.post('/users', { name: 'Grace' }))).toEqual({ id: 2 });
      expect(scope.isDone()).toBe(true);
    });

    it('each attempt is answered in turn', async () => {
      nock(HOST).get('/flaky').twice().reply(503).get('/flaky').reply(200, '"at last"');
      expect(
        await firstValueFrom(client.with(retryTransient({ baseDelayMs: 1 })).get('/flaky')),
      ).toBe('at last');
    });

    it('a redirect is followed', async () => {
      nock(HOST)
        .get('/old')
        .reply(302, undefined, { Location: '/new' })
        .get('/new')
        .reply(200, 'there');
      expect(await firstValueFrom(client.get('/old', { decode: asText }))).toBe('there');
    });

    it('an error that nock makes is a network error', async () => {
      nock(HOST)
        .get('/broken')
        .replyWithError(Object.assign(new Error('reset by nock'), { code: 'ECONNRESET' }));
      expect(await errorOf(client.get('/broken'))).toMatchObject({ kind: 'network' });
    });

    it('a delayed answer that nobody waits for is not heard', async () => {
      const scope = nock(HOST).get('/late').delay(50).reply(200, 'late');
      const asked = new Promise((resolve) => {
        scope.on('request', resolve);
      });
      const heard: string[] = [];
      const subscription = client.get('/late').subscribe({
        next: () => heard.push('next'),
        error: () => heard.push('error'),
        complete: () => heard.push('complete'),
      });
      await asked;
      subscription.unsubscribe();
      nock(HOST).get('/next').delay(60).reply(200, '1');
      await outcomeOf(client.get('/next'));
      expect(heard).toEqual([]);
    });
  },
);
