import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient, retryTransient, type Client } from 'coldwire';
import { answerChallenges } from 'coldwire/challenges';
import { cookieJar } from 'coldwire/cookies';
import { firstValueFrom, forkJoin, of } from 'rxjs';
import { type LoopbackHandler, type LoopbackServer, loopback } from '../support/loopback.js';

const servers: LoopbackServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function serverOf(handler: LoopbackHandler): Promise<LoopbackServer> {
  const server = await loopback(handler);
  servers.push(server);
  return server;
}

const cookies = (server: LoopbackServer): readonly [string, string | undefined][] =>
  server.requests.map(({ method, url, headers }) => [`${method} ${url}`, headers.cookie]);

/** A site with a form: who logs in is sent on, twice, with a new cookie each time. */
const site: LoopbackHandler = async (request, _response, seen) => {
  const { cookie = '' } = request.headers;
  switch (`${request.method} ${request.url}`) {
    case 'GET /login':
      return { headers: { 'set-cookie': 'csrf=form-1; Path=/login; HttpOnly' } };
    case 'POST /login': {
      const form = new URLSearchParams(String(await seen.body()));
      if (cookie !== 'csrf=form-1' || form.get('password') !== 'pw') return { status: 403 };
      const headers = {
        location: '/step',
        'set-cookie': ['sid=one; Path=/; HttpOnly', 'csrf=; Max-Age=0; Path=/login'],
      };
      return { status: 303, headers };
    }
    case 'GET /step':
      if (cookie !== 'sid=one') return { status: 401 };
      return {
        status: 302,
        headers: { location: '/home', 'set-cookie': 'sid=two; Path=/; HttpOnly; SameSite=Strict' },
      };
    default:
      return cookie === 'sid=two' ? { json: { user: 'ada' } } : { status: 401 };
  }
};

const login = (client: Client): Promise<unknown> =>
  firstValueFrom(client.post('/login', new URLSearchParams({ user: 'ada', password: 'pw' })));

describe('a session login on real sockets', () => {
  it('each hop of the redirect behind a form has what the hop before it set', async () => {
    const server = await serverOf(site);
    const client = createClient({ baseUrl: server.url, interceptors: [cookieJar()] });
    await firstValueFrom(client.get('/login'));
    expect(await login(client)).toEqual({ user: 'ada' });
    expect(await firstValueFrom(client.get('/orders'))).toEqual({ user: 'ada' });
    expect(cookies(server)).toEqual([
      ['GET /login', undefined],
      ['POST /login', 'csrf=form-1'],
      ['GET /step', 'sid=one'],
      ['GET /home', 'sid=two'],
      ['GET /orders', 'sid=two'],
    ]);
  });

  it('right after a task, in its pipe, it does the same', async () => {
    const server = await serverOf(site);
    const jar = cookieJar();
    const client = createClient({ baseUrl: server.url });
    await firstValueFrom(client.get('/login').pipe(jar));
    const form = new URLSearchParams({ password: 'pw' });
    expect(await firstValueFrom(client.post('/login', form).pipe(jar))).toEqual({ user: 'ada' });
  });

  it('a retry carries what the refused attempt set, whichever side of the retry the jar stands on', async () => {
    for (const jarFirst of [true, false]) {
      const server = await serverOf((request) =>
        request.headers.cookie === 'node=b'
          ? { json: 'served' }
          : { status: 503, headers: { 'retry-after': '0', 'set-cookie': 'node=b' } },
      );
      const both = [cookieJar(), retryTransient({ maxAttempts: 2 })];
      const interceptors = jarFirst ? both : [...both].reverse();
      const client = createClient({ baseUrl: server.url, interceptors });
      expect(await firstValueFrom(client.get('/'))).toBe('served');
      expect(cookies(server)).toEqual([
        ['GET /', undefined],
        ['GET /', 'node=b'],
      ]);
    }
  });

  it('a redirect to another host takes no cookie along, and cannot set one for the first', async () => {
    const abroad = await serverOf(() => ({
      headers: {
        'set-cookie': ['own=1', 'sid=stolen; Domain=127.0.0.1', 'sid=stolen; Domain=example.com'],
      },
      json: 'abroad',
    }));
    const there = `http://localhost:${String(abroad.port)}/x`;
    const home = await serverOf((request) =>
      request.url === '/out'
        ? { status: 302, headers: { location: there, 'set-cookie': 'sid=mine; Path=/' } }
        : { json: request.headers.cookie ?? 'none' },
    );
    const client = createClient({ baseUrl: home.url, interceptors: [cookieJar()] });
    expect(await firstValueFrom(client.get('/out'))).toBe('abroad');
    expect(abroad.requests[0]?.headers.cookie).toBeUndefined();
    expect(await firstValueFrom(client.get('/in'))).toBe('sid=mine');
    expect(await firstValueFrom(client.get('/out'))).toBe('abroad');
    expect(abroad.requests[1]?.headers.cookie).toBe('own=1');
  });

  it('of 1,000 parallel requests of two clients with a jar each, none has the cookie of the other', async () => {
    const server = await serverOf((request) => ({
      json: request.headers.cookie ?? 'none',
      headers: { 'set-cookie': `seen=${request.url?.slice(1) ?? ''}` },
    }));
    const clients = ['ada', 'bob'].map((user) =>
      createClient({
        baseUrl: server.url,
        headers: { 'x-user': user },
        interceptors: [cookieJar()],
      }),
    );
    await firstValueFrom(
      forkJoin(clients.map((client, n) => client.get(n === 0 ? '/ada' : '/bob'))),
    );
    const sent = Array.from({ length: 1000 }, (_, n) => n);
    const came = await firstValueFrom(
      forkJoin(sent.map((n) => clients[n % 2]!.get<string>(n % 2 === 0 ? '/ada' : '/bob'))),
    );
    expect(new Set(came.filter((_, n) => n % 2 === 0))).toEqual(new Set(['seen=ada']));
    expect(new Set(came.filter((_, n) => n % 2 === 1))).toEqual(new Set(['seen=bob']));
  }, 60_000);

  it('beside challenges: each hop has its cookies and its answer', async () => {
    const server = await serverOf(({ url, headers }) => {
      if (headers.authorization === undefined)
        return {
          status: 401,
          headers: { 'www-authenticate': 'Basic realm="in"', 'set-cookie': 'asked=1; Path=/' },
        };
      return url === '/in/'
        ? { status: 302, headers: { location: '/in/deep', 'set-cookie': 'sid=1; Path=/' } }
        : { json: 'in' };
    });
    for (const jarFirst of [true, false]) {
      const onChallenge = () => of({ user: 'ada', password: 'pw' });
      const both = [cookieJar(), answerChallenges({ onChallenge })];
      const interceptors = jarFirst ? both : [...both].reverse();
      const before = server.requests.length;
      const client = createClient({ baseUrl: server.url, interceptors });
      expect(await firstValueFrom(client.get('/in/'))).toBe('in');
      const sent = server.requests.slice(before);
      expect(sent.at(-1)?.headers).toMatchObject({
        cookie: 'asked=1; sid=1',
        authorization: expect.stringMatching(/^Basic /),
      });
    }
  });
});
