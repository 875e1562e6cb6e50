import {
  type AuthorizationServer,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  None,
  type Client as OAuthClient,
  allowInsecureRequests,
  customFetch,
} from 'oauth4webapi';
import type { Client } from '../client/client.js';
import { invalid } from '../http/invalid-input.js';
import { checkDuration, checkOptionNames, ownOptions } from '../http/option-checks.js';
import type { GrantOptions } from './grant-options.js';
import type { OAuthRun, Send } from './oauth-run.js';
import { checkServer } from './server-checks.js';

/** The options, checked, in the form that the library takes. */
export interface Grant {
  readonly client: Client;
  readonly server: AuthorizationServer;
  readonly party: OAuthClient;
  readonly authentication: ClientAuth;
  readonly parameters: Readonly<Record<string, string>>;
  readonly scope: string | undefined;
  readonly marginMs: number;
  readonly secret: string | undefined;
  /** Options of each request of a run. */
  readonly through: (run: OAuthRun) => {
    readonly signal: AbortSignal;
    readonly [customFetch]: Send;
    readonly [allowInsecureRequests]: boolean;
  };
}

const KNOWN = [
  'client',
  'server',
  'clientId',
  'clientSecret',
  'authentication',
  'scope',
  'parameters',
  'marginMs',
  'allowHttp',
] as const;

const WITH_SECRET = {
  __proto__: null,
  client_secret_basic: ClientSecretBasic,
  client_secret_post: ClientSecretPost,
} as const;
const METHODS = 'client_secret_basic, client_secret_post, none';

/** Copies and checks; `own` are the names that a grant has beside these. @throws InvalidInput naming the option */
export function checkedGrant(
  where: string,
  given: GrantOptions,
  own: readonly string[] = [],
): Grant {
  if (typeof given !== 'object' || (given as unknown) === null)
    throw invalid(where, 'an object', typeof given);
  checkOptionNames(where, given, [...KNOWN, ...own]);
  const options = ownOptions(given);
  const { client, clientId, clientSecret: secret, allowHttp = false } = options;
  if (typeof (client as Partial<Client> | undefined)?.request !== 'function')
    throw invalid(`${where}.client`, 'a client', typeof client);
  if (typeof clientId !== 'string' || clientId === '')
    throw invalid(`${where}.clientId`, 'a text', typeof clientId);
  if (secret !== undefined && (typeof secret !== 'string' || secret === ''))
    throw invalid(`${where}.clientSecret`, 'a text, which is not empty');
  checkServer(options.server, `${where}.server`, allowHttp);
  return {
    client,
    server: Object.freeze({ ...options.server }),
    party: { client_id: clientId },
    authentication: authenticationOf(where, options.authentication, secret),
    parameters: { ...options.parameters },
    scope: options.scope,
    marginMs: checkDuration(`${where}.marginMs`, options.marginMs ?? 30_000),
    secret,
    through: ({ signal, send }) => ({
      signal,
      [customFetch]: send,
      [allowInsecureRequests]: allowHttp,
    }),
  };
}

function authenticationOf(
  where: string,
  given: GrantOptions['authentication'],
  secret: string | undefined,
): ClientAuth {
  const wanted = given ?? (secret === undefined ? 'none' : 'client_secret_basic');
  if (typeof wanted === 'function') return wanted as ClientAuth;
  if (wanted === 'none') return None();
  const make = WITH_SECRET[wanted] as (typeof WITH_SECRET)[typeof wanted] | undefined;
  if (make === undefined)
    throw invalid(`${where}.authentication`, `one of ${METHODS}, or a function`, wanted);
  if (secret === undefined) throw invalid(`${where}.clientSecret`, `needed for ${wanted}`);
  return make(secret);
}

/** The parameters of a token request. */
export function parametersOf({ scope, parameters }: Grant): URLSearchParams {
  return new URLSearchParams({ ...parameters, ...(scope === undefined ? {} : { scope }) });
}
