import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Client, authenticate, createClient, deadline } from 'coldwire';
import {
  type GrantOptions,
  type OAuthServer,
  clientCredentials,
  discoverServer,
} from 'coldwire/oauth';
import { answer, fakeFactory } from 'coldwire/testing';
import { firstValueFrom, forkJoin, lastValueFrom, type Observable } from 'rxjs';
import { handClock } from '../promises/hand-clock.js';
import { loopback } from '../support/loopback.js';
import { type Ground, ROBOT, SECRETS, ground } from './authorization-server.js';

let made: Ground;
let server: OAuthServer;
const tokens = createClient();
beforeEach(async () => {
  made = await ground();
  server = await firstValueFrom(discoverServer(made.issuer, { client: tokens, allowHttp: true }));
});
afterEach(() => made.stop());

const grant = (options: Partial<GrantOptions> = {}) =>
  clientCredentials({ client: tokens, server, ...ROBOT, allowHttp: true, ...options });
const robot = (options?: Partial<GrantOptions>): Client =>
  createClient({ baseUrl: made.api.url, interceptors: [authenticate(grant(options))] });
const failure = (source: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(source).then(
    () => 'no failure',
    (cause: unknown) => cause,
  );

describe('client credentials, with a certified server on real sockets', () => {
  it('the first request gets a token, and 100 at once get one', async () => {
    const client = robot();
    const came = await firstValueFrom(
      forkJoin(Array.from({ length: 100 }, () => client.get('/me'))),
    );
    expect(new Set(came)).toEqual(new Set(['robot']));
    expect(made.tokenRequests).toEqual([
      { grant: 'client_credentials', authorization: expect.stringMatching(/^Basic /), status: 200 },
    ]);
  });

  it.each(['client_secret_basic', 'client_secret_post'] as const)(
    '%s is taken',
    async (authentication) => {
      expect(await firstValueFrom(robot({ authentication }).get('/me'))).toBe('robot');
    },
  );

  it('a revoked token is renewed, once for all who are refused, and they are sent again', async () => {
    const client = robot();
    await firstValueFrom(client.get('/me'));
    const [, value = ''] =
      /^Bearer (.+)$/.exec(made.api.requests[0]?.headers.authorization ?? '') ?? [];
    await (await made.provider.ClientCredentials.find(value))?.destroy();
    const came = await firstValueFrom(forkJoin([1, 2, 3].map(() => client.get('/me'))));
    expect(came).toEqual(['robot', 'robot', 'robot']);
    expect(made.tokenRequests).toHaveLength(2);
  });

  it('a token is renewed before it expires, by the margin', async () => {
    const clock = handClock();
    const { scheduler } = clock;
    const client = createClient({
      baseUrl: made.api.url,
      scheduler,
      interceptors: [
        authenticate(grant({ client: createClient({ scheduler }), marginMs: 60_000 })),
      ],
    });
    await firstValueFrom(client.get('/me'));
    clock.advance(539_999);
    await firstValueFrom(client.get('/me'));
    expect(made.tokenRequests).toHaveLength(1);
    clock.advance(1);
    await firstValueFrom(client.get('/me'));
    expect(made.tokenRequests).toHaveLength(2);
    expect(made.api.requests).toHaveLength(3);
  });

  it('the client that carries the token may fetch it too: nobody waits for himself', async () => {
    const late = {} as { client?: Client };
    const both = new Proxy(tokens, {
      get: (_target, name) => (late.client ?? tokens)[name as keyof Client],
    });
    late.client = createClient({
      baseUrl: made.api.url,
      allowAbsoluteUrls: true,
      interceptors: [
        authenticate({
          ...grant({ client: both, authentication: 'client_secret_post' }),
          origins: [made.api.url, made.issuer],
        }),
      ],
    });
    expect(await firstValueFrom(late.client.get('/me'))).toBe('robot');
    expect(made.tokenRequests).toHaveLength(1);
  });
});

describe('what goes wrong', () => {
  it('a refusal is an auth error with the code of OAuth, is not repeated, and tells no secret', async () => {
    const client = robot({ clientSecret: 'a-wrong-secret-of-mine' });
    const error = await failure(client.get('/me'));
    expect(error).toMatchObject({
      kind: 'auth',
      code: 'AUTH_REFRESH_FAILED',
      cause: { kind: 'auth', code: 'OAUTH_INVALID_CLIENT', request: { method: 'POST' } },
    });
    await failure(client.get('/me'));
    expect(made.tokenRequests).toHaveLength(1);
    const sent = made.tokenRequests[0]?.authorization?.slice('Basic '.length) ?? '';
    const { cause } = error as Error;
    const told = [error, cause].flatMap((one) => [
      inspect(one, { depth: 9 }),
      JSON.stringify(one),
      String((one as Error).stack),
    ]);
    for (const secret of ['a-wrong-secret-of-mine', sent, ...SECRETS])
      expect(told.join()).not.toContain(secret);
  });

  it('a server that echoes the secret tells it to nobody', async () => {
    made.instead = (request, response) => {
      request.resume();
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          error: 'invalid_request',
          error_description: `what is ${ROBOT.clientSecret}?`,
        }),
      );
    };
    const error = await failure(robot().get('/me'));
    expect((error as Error).cause).toMatchObject({
      code: 'OAUTH_INVALID_REQUEST',
      message: expect.stringContaining('what is [redacted]?'),
    });
    expect(inspect(error, { depth: 9 })).not.toContain(ROBOT.clientSecret);
  });

  it('a failing server is a status error, and a later request tries again', async () => {
    made.instead = (request, response) => {
      request.resume();
      response.writeHead(503).end();
    };
    const client = robot();
    const error = await failure(client.get('/me'));
    expect(error).toMatchObject({
      code: 'AUTH_REFRESH_FAILED',
      cause: { kind: 'status', status: 503 },
    });
    expect(await firstValueFrom(client.get('/me'))).toBe('robot');
  });

  it('a redirect of the token endpoint is not followed: the secret goes nowhere else', async () => {
    const elsewhere = await loopback(() => ({ json: { access_token: 'x', token_type: 'bearer' } }));
    made.instead = (request, response) => {
      request.resume();
      response.writeHead(307, { location: elsewhere.url }).end();
    };
    const error = await failure(robot().get('/me'));
    expect(error).toMatchObject({ cause: { kind: 'status', status: 307 } });
    expect(elsewhere.requests).toHaveLength(0);
    await elsewhere.stop();
  });

  it.each([
    ['no JSON', 'text/html', '<p>hello'],
    ['no token', 'application/json', '{"token_type":"bearer"}'],
    ['a type that nobody knows', 'application/json', '{"access_token":"x","token_type":"mac"}'],
    [
      'a life that is no number',
      'application/json',
      '{"access_token":"x","token_type":"bearer","expires_in":"soon"}',
    ],
    ['no object', 'application/json', '[]'],
    [
      'a life below zero',
      'application/json',
      '{"access_token":"x","token_type":"bearer","expires_in":-5}',
    ],
  ])('an answer with %s is a typed error', async (_what, type, body) => {
    made.instead = (request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': type }).end(body);
    };
    const error = await failure(robot().get('/me'));
    expect(error).toMatchObject({ cause: { kind: 'auth', code: 'OAUTH_RESPONSE_INVALID' } });
  });

  it('an answer without end is cut at 1 MiB', async () => {
    made.instead = (request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    const error = await failure(robot().get('/me'));
    expect(error).toMatchObject({
      cause: { kind: 'limit', which: 'response', maxBytes: 1_048_576 },
    });
  });

  it('the deadline of the token client holds, and who leaves closes the token request', async () => {
    let asked!: () => void;
    const waiting = new Promise<void>((resolve) => (asked = resolve));
    let closed!: () => void;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    made.instead = (request, response) => {
      request.resume();
      response.on('close', closed);
      asked();
    };
    const patient = createClient({
      baseUrl: made.api.url,
      interceptors: [authenticate({ ...grant(), refreshLifetime: 'refCount' })],
    });
    const task = patient.get('/me').subscribe();
    await waiting;
    task.unsubscribe();
    await gone;
    made.instead = () => undefined;
    const hurried = robot({ client: createClient({ interceptors: [deadline(50)] }) });
    const error = await failure(hurried.get('/me'));
    expect(error).toMatchObject({ cause: { kind: 'timeout', afterMs: 50 } });
  });

  it('a deadline of the request covers the wait for its token, and others wait on', async () => {
    const held = new Promise<() => void>((resolve) => {
      made.instead = (request, response) => {
        request.resume();
        resolve(() => response.writeHead(503).end());
      };
    });
    const client = robot();
    const others = failure(client.get('/me'));
    const error = await failure(client.get('/me').pipe(deadline(50)));
    expect(error).toMatchObject({ kind: 'timeout', phase: 'total', afterMs: 50 });
    (await held)();
    expect(await others).toMatchObject({ code: 'AUTH_REFRESH_FAILED' });
    expect(made.tokenRequests).toHaveLength(1);
  });

  it.each([
    [{ clientId: '' }, 'clientCredentials.clientId'],
    [{ clientSecret: '' }, 'clientCredentials.clientSecret'],
    [{ marginMs: -1 }, 'clientCredentials.marginMs'],
    [{ client: undefined }, 'clientCredentials.client'],
    [{ authentication: 'magic' }, 'clientCredentials.authentication'],
    [{ authentication: '__proto__' }, 'clientCredentials.authentication'],
    [
      { clientSecret: undefined, authentication: 'client_secret_post' },
      'clientCredentials.clientSecret',
    ],
    [{ allowHttp: false }, 'clientCredentials.server.issuer'],
    [
      { server: { issuer: 'https://a', token_endpoint: 'http://a' }, allowHttp: false },
      'clientCredentials.server.token_endpoint',
    ],
    [{ server: null }, 'clientCredentials.server.issuer'],
    [{ secret: 'x' }, 'clientCredentials.secret'],
  ])('%j is refused when it is made', (options, field) => {
    const make = (): unknown => grant(options as unknown as Partial<GrantOptions>);
    expect(make).toThrow(expect.objectContaining({ kind: 'request', field }));
  });
});

describe('how long a token is good for', () => {
  const fakes = (expiresIn: number | undefined) =>
    fakeFactory({
      'POST /token': answer.json(200, {
        access_token: 'fresh',
        token_type: 'Bearer',
        expires_in: expiresIn,
      }),
      'GET /me': answer.json(200, 'me'),
    });

  it.each([
    ['of a short life, for half of it', 20, 9_999, 10_000],
    ['of a long life, until 30 s before its end', 100, 69_999, 70_000],
  ])('%s', async (_what, expiresIn, goodMs, dueMs) => {
    const clock = handClock();
    const { scheduler } = clock;
    const fake = fakes(expiresIn);
    const plain = createClient({ baseUrl: 'https://t', factory: fake, scheduler });
    const client = plain.with(
      authenticate(
        clientCredentials({
          client: plain,
          server: { issuer: 'https://t', token_endpoint: 'https://t/token' },
          clientId: 'c',
        }),
      ),
    );
    await firstValueFrom(client.get('/me'));
    clock.advance(goodMs);
    await firstValueFrom(client.get('/me'));
    expect(fake.subscribed).toBe(3);
    clock.advance(dueMs - goodMs);
    await firstValueFrom(client.get('/me'));
    expect(fake.subscribed).toBe(5);
  });

  it.each([undefined, 0])('when the server says %s, until it is refused', async (expiresIn) => {
    const clock = handClock();
    const fake = fakes(expiresIn);
    const plain = createClient({ baseUrl: 'https://t', factory: fake, scheduler: clock.scheduler });
    const server = { issuer: 'https://t', token_endpoint: 'https://t/token' };
    const client = plain.with(
      authenticate(clientCredentials({ client: plain, server, clientId: 'c' })),
    );
    await firstValueFrom(client.get('/me'));
    clock.advance(1e9);
    await firstValueFrom(client.get('/me'));
    expect(fake.subscribed).toBe(3);
  });
});

describe('discovery', () => {
  it('refuses metadata of another issuer, and http', async () => {
    const liar = await loopback(() => ({
      json: { issuer: made.issuer, token_endpoint: 'https://x/token' },
    }));
    expect(
      await failure(discoverServer(liar.url, { client: tokens, allowHttp: true })),
    ).toMatchObject({
      kind: 'auth',
      code: 'OAUTH_RESPONSE_INVALID',
    });
    await liar.stop();
    expect(() => discoverServer('http://a.com', { client: tokens })).toThrow(
      expect.objectContaining({ kind: 'request', field: 'issuer' }),
    );
  });
});
