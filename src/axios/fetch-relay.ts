/** Where `fetch` is told whose request it is sending, and tells what came. */
export interface FetchCaller {
  /** Ends it; `undefined` where axios itself was given the signal. */
  readonly signal: AbortSignal | undefined;
  /** The `fetch` to use: the platform's unless an instance brings its own. */
  readonly fetch: typeof fetch | undefined;
  /** The platform's own response: axios does not hand on the URL that answered. */
  received(response: Response): void;
}

/** The option of `fetchOptions` by which a request carries its caller through axios. */
export const CALLER = 'coldwireCaller';

type FetchOptions = RequestInit & { readonly [CALLER]?: FetchCaller };

/**
 * The `fetch` that axios is given, one for all requests: axios keeps a list of every one it ever saw. The signal goes in
 * here, so that axios makes no controller and no wrapper around the body for it.
 */
const relayedFetch: typeof fetch = async (input, options) => {
  const { [CALLER]: caller, ...rest } = (options ?? {}) as FetchOptions;
  // Without a prototype: the platform reads its options through it.
  const init = Object.assign(Object.create(null) as RequestInit, rest);
  if (caller?.signal !== undefined) init.signal = caller.signal;
  // Looked up now: interceptors of the platform (nock, msw) replace it.
  const send = caller?.fetch ?? globalThis.fetch;
  const response = await send(input, init);
  caller?.received(response);
  return response;
};

/** axios' `env`: what an adapter is made with. */
export const ENV: { readonly fetch: typeof fetch } = { fetch: relayedFetch };
