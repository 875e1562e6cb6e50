import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type Client,
  type ClientOptions,
  type TaskEvent,
  type TaskRequest,
  createClient,
  isTaskError,
  retryTransient,
} from 'coldwire';
import { answer, fakeFactory } from 'coldwire/testing';
import { firstValueFrom, tap, toArray } from 'rxjs';
import { type SigningOptions, signRequests } from '../../examples/aws-sigv4/sign-requests.js';
import { handClock } from '../promises/hand-clock.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';
import { refusal } from './sigv4-verifier.js';

const AKID = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const S3_KEY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const PLAIN: SigningOptions = { service: 'service', region: 'us-east-1', credentials: AKID };

/** What a client that signs would send at this time. */
async function sentAt(
  iso: string,
  options: SigningOptions,
  ask: (client: Client) => ReturnType<Client['get']>,
): Promise<TaskRequest> {
  const fake = fakeFactory(() => answer.json(200, 1));
  const clock = handClock();
  clock.advance(Date.parse(iso));
  const client = createClient({
    factory: fake,
    scheduler: clock.scheduler,
    interceptors: [signRequests(options)],
  });
  await firstValueFrom(ask(client));
  return fake.exchanges[0]!.request;
}

describe('the vectors of the specification', () => {
  const at = '2015-08-30T12:36:00Z';
  const host = 'https://example.amazonaws.com';
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  it.each([
    [
      'get-vanilla',
      (client: Client) => client.get(`${host}/`),
      'host;x-amz-date',
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    ],
    [
      'get-vanilla-query-order-key-case',
      (client: Client) => client.get(`${host}/?Param2=value2&Param1=value1`),
      'host;x-amz-date',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'post-vanilla',
      (client: Client) => client.post(`${host}/`),
      'host;x-amz-date',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'post-x-www-form-urlencoded',
      (client: Client) => client.post(`${host}/`, 'Param1=value1', { headers: form }),
      'content-type;host;x-amz-date',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('%s', async (_name, ask, names, signature) => {
    const { headers } = await sentAt(at, PLAIN, ask);
    expect(headers.get('x-amz-date')).toBe('20150830T123600Z');
    expect(headers.get('authorization')).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
    );
  });

  it('ListUsers of IAM, the worked example of the guide', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const url = 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08';
    const sent = await sentAt(at, { ...PLAIN, service: 'iam' }, (client) =>
      client.get(url, { headers }),
    );
    expect(sent.headers.get('authorization')).toContain(
      'SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    );
  });

  it('a part of an object of S3', async () => {
    const options = {
      service: 's3',
      region: 'us-east-1',
      credentials: S3_KEY,
      escapesPath: false,
      sendsChecksum: true,
    };
    const sent = await sentAt('2013-05-24T00:00:00Z', options, (client) =>
      client.get('https://examplebucket.s3.amazonaws.com/test.txt', {
        headers: { Range: 'bytes=0-9' },
      }),
    );
    expect(sent.headers.get('authorization')).toContain(
      'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });
});

describe('against a server that verifies by itself', () => {
  const servers: LoopbackServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

  async function verifying(nowMs: () => number, failing = 0): Promise<LoopbackServer> {
    const server = await loopback(async (_request, _response, seen) => {
      const why = refusal(seen, await seen.body(), AKID, nowMs());
      if (why !== undefined) return { status: 403, json: why };
      return seen.n <= failing
        ? { status: 503, headers: { 'retry-after': '20' } }
        : { json: 'taken' };
    });
    servers.push(server);
    return server;
  }
  const clientOf = (server: LoopbackServer, options: ClientOptions = {}): Client =>
    createClient({ baseUrl: server.url, interceptors: [signRequests(PLAIN)], ...options });

  it.each([
    ['nothing', (client: Client) => client.get('/')],
    [
      'a query of all sorts',
      (client: Client) => client.get('/a', { params: { q: "a b+c&=!'()*~é", r: ['2', '1'] } }),
    ],
    ['a path of all sorts', (client: Client) => client.get('/a%20b/c+d/é')],
    ['JSON', (client: Client) => client.post('/', { name: 'Ada' })],
    ['bytes', (client: Client) => client.put('/', new Uint8Array([0, 255, 10]))],
    ['a blob', (client: Client) => client.put('/', new Blob(['blob'], { type: 'text/x-blob' }))],
    [
      'a recipe',
      (client: Client) =>
        client.put('/', async function* () {
          yield new TextEncoder().encode('part');
        }),
    ],
  ])('%s', async (_what, ask) => {
    const server = await verifying(Date.now);
    expect(await firstValueFrom(ask(clientOf(server)))).toBe('taken');
  });

  it('a retry is signed anew, with the date of then', async () => {
    const clock = handClock();
    clock.advance(Date.parse('2026-01-01T00:00:00Z'));
    const server = await verifying(() => clock.scheduler.now(), 1);
    const client = clientOf(server, {
      scheduler: clock.scheduler,
      interceptors: [retryTransient({ maxAttempts: 2 }), signRequests(PLAIN)],
    });
    // Once the wait has begun, its time passes.
    const pass = (event: TaskEvent): void => {
      if (event.type === 'retrying') setImmediate(() => clock.advance(20_000));
    };
    const events = await firstValueFrom(client.get('/').events.pipe(tap(pass), toArray()));
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['retrying', 'chunk']));
    const dates = server.requests.map(({ headers }) => String(headers['x-amz-date']));
    expect(dates[0]).toBe('20260101T000000Z');
    expect(dates[1]).toBe('20260101T000020Z');
    expect(server.requests[1]?.headers.authorization).not.toBe(
      server.requests[0]?.headers.authorization,
    );
  });

  it('what was changed behind the signature is refused, and the error tells neither key nor signature', async () => {
    const server = await verifying(Date.now);
    const client = clientOf(server).with((request, next) =>
      next(request.clone({ url: `${request.url}?more=1` })),
    );
    const error = await firstValueFrom(client.get('/')).catch((cause: unknown) => cause);
    expect(isTaskError(error, 'status') && error.status).toBe(403);
    const signature =
      /Signature=(\w+)/.exec(server.requests[0]?.headers.authorization ?? '')?.[1] ?? '';
    const told = inspect(error, { depth: 9 }) + JSON.stringify(error);
    for (const secret of [AKID.secretAccessKey, signature]) expect(told).not.toContain(secret);
  });

  it.each([
    ['a stream', new Blob(['x']).stream()],
    ['a form', new FormData()],
  ])('%s cannot be signed, and nothing is sent', async (_what, body) => {
    const server = await verifying(Date.now);
    await expect(firstValueFrom(clientOf(server).post('/', body))).rejects.toThrow('to be signed');
    expect(server.requests).toHaveLength(0);
  });
});
