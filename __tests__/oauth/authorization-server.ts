import { generateKeyPairSync } from 'node:crypto';
import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Provider } from 'oidc-provider';
import type { TaskRequest } from '../../src/index.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';

export const ROBOT = { clientId: 'robot', clientSecret: 'the-robots-secret' } as const;
export const APP = { clientId: 'app', clientSecret: 'the-apps-secret' } as const;
/** What nobody may read in an error. */
export const SECRETS = [ROBOT.clientSecret, APP.clientSecret];

/** What happened at the token endpoint. */
export interface TokenRequest {
  readonly grant: string | null;
  readonly authorization: string | undefined;
  readonly status: number;
}

/** A certified authorisation server, and an API that takes its tokens, on real sockets. */
export interface Ground {
  readonly issuer: string;
  readonly provider: Provider;
  readonly tokenRequests: readonly TokenRequest[];
  /** Answers 401 without a token of the server, else says whose it is. */
  readonly api: LoopbackServer;
  /** Where logins come back to. */
  readonly app: LoopbackServer;
  readonly redirectUri: string;
  /** Takes the place of the server for the next token request. */
  instead: RequestListener | undefined;
  stop(): Promise<void>;
}

/** Starts all three. */
export async function ground(accessTokenS = 600): Promise<Ground> {
  const said = { warn: console.warn, info: console.info };
  // It warns of this version of Node, and of living in memory.
  Object.assign(console, { warn: () => undefined, info: () => undefined });
  const { Provider: Server } = await import('oidc-provider');
  const app = await loopback(() => ({ json: 'back' }));
  const redirectUri = `${app.url}/back`;
  const tokenRequests: TokenRequest[] = [];
  let listener: RequestListener = () => undefined;
  const server = createServer((request, response) => {
    if (request.url !== '/token') {
      listener(request, response);
      return;
    }
    const { instead } = made;
    made.instead = undefined;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    response.on('close', () => {
      const form = new URLSearchParams(String(Buffer.concat(parts)));
      const { authorization } = request.headers;
      tokenRequests.push({
        grant: form.get('grant_type'),
        authorization,
        status: response.statusCode,
      });
    });
    (instead ?? listener)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const provider = new Server(issuer, configuration(redirectUri, accessTokenS));
  listener = provider.callback();
  Object.assign(console, said);
  const api = await loopback(async ({ headers }) => {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    const known =
      (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
    return known === undefined
      ? { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }
      : { json: known.accountId ?? known.clientId };
  });
  const made: Ground = {
    issuer,
    provider,
    tokenRequests,
    api,
    app,
    redirectUri,
    instead: undefined,
    stop: async () => {
      server.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), api.stop(), app.stop()]);
    },
  };
  return made;
}

function configuration(redirectUri: string, accessTokenS: number): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    clients: [
      {
        client_id: ROBOT.clientId,
        client_secret: ROBOT.clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
      {
        client_id: APP.clientId,
        client_secret: APP.clientSecret,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [redirectUri],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['a key of the tests'] },
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: true } },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id }),
    }),
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: accessTokenS,
      ClientCredentials: accessTokenS,
      RefreshToken: 3600,
      Grant: 3600,
      Session: 3600,
      Interaction: 3600,
      IdToken: 3600,
      AuthorizationCode: 60,
    },
    pkce: { required: () => true },
  };
}

/** What an API was sent. */
export const authorizations = (requests: readonly TaskRequest[]): (string | undefined)[] =>
  requests.map(({ headers }) => headers.get('authorization'));
