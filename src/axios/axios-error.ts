import { fromInput } from '../errors/from-input.js';
import type { NetworkCode, TimeoutPhase } from '../errors/kinds.js';
import { isTaskError, taskError, withRequest } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';

/** What the codes of a platform's own errors mean. */
export interface PlatformFailures {
  /** Our word for a code, or for the name of an error that has none. */
  networkCode(code: unknown, answered: boolean): NetworkCode | undefined;
  /** Whether a failure lies before the first byte of the request. */
  isNeverSent(code: NetworkCode): boolean;
  /** Codes of timeouts beside axios' own. */
  readonly timeouts: Readonly<Record<string, TimeoutPhase>>;
  /** Codes of what it refuses to send, beside axios' own. */
  readonly refusals: RegExp | undefined;
  /** What to say of a code, where there is more to say than of any. */
  readonly words: Readonly<Partial<Record<NetworkCode, string>>>;
}

/** What an exchange knows of itself when it fails. */
export interface Circumstances {
  readonly request: TaskRequest;
  /** The head had been handed on. */
  readonly answered: boolean;
  /** Whether a byte may have reached the server; `undefined` where the platform does not tell. */
  readonly sent: boolean | undefined;
  readonly failures: PlatformFailures;
}

interface PlatformError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly isAxiosError?: unknown;
}

const DEEPEST_CAUSE = 5;
const WORDS: Readonly<Partial<Record<NetworkCode, string>>> = {
  CONNECTION_RESET: 'the connection was closed before a response came',
  BODY_TRUNCATED: 'the body broke off before its end',
};

/** Whatever axios or the platform failed with, as the error of the closed union that it is (L5). */
export function toTaskError(cause: unknown, at: Circumstances): unknown {
  const known = fromInput(cause, at.request);
  if (isTaskError(known)) return withRequest(known, at.request);
  const chain = chainOf(cause);
  return timeoutIn(chain, at) ?? refusalIn(chain, at) ?? networkError(chain, at);
}

function timeoutIn(chain: readonly PlatformError[], at: Circumstances): unknown {
  const found = chain.find(
    (error) =>
      typeof error.code === 'string' &&
      (error.code in at.failures.timeouts || isAxiosTimeout(error)),
  );
  if (found === undefined) return undefined;
  const phase =
    at.failures.timeouts[found.code as string] ??
    (at.answered ? 'idle' : at.sent === false ? 'connect' : 'response');
  const afterMs = Number(/(\d+)\s*ms/.exec(String(found.message))?.[1] ?? 0);
  const fields = { phase, afterMs };
  const message = `timed out after ${String(afterMs)} ms (${phase})`;
  return taskError('timeout', fields, {
    request: at.request,
    code: `TIMEOUT_${phase.toUpperCase()}`,
    message,
    cause: causeOf(chain),
  });
}

/** axios says ECONNABORTED or ETIMEDOUT; the system's own ETIMEDOUT names a system call. */
function isAxiosTimeout({ isAxiosError, code, syscall, message, cause }: PlatformError): boolean {
  if (isAxiosError !== true || syscall !== undefined) return false;
  if (code === 'ETIMEDOUT') return (cause as PlatformError | undefined)?.syscall === undefined;
  return code === 'ECONNABORTED' && message !== 'Request aborted';
}

/** What axios or Node refuses to send or to take, by options of the user's instance. */
function refusalIn(chain: readonly PlatformError[], at: Circumstances): unknown {
  const [first] = chain;
  const code = String(first?.code);
  const message = String(first?.message);
  const maxBytes = /^maxContentLength size of (\d+) exceeded/.exec(message)?.[1];
  if (maxBytes !== undefined) {
    return taskError(
      'limit',
      { which: 'response', maxBytes: Number(maxBytes) },
      { request: at.request, code: 'LIMIT_RESPONSE', message, cause: causeOf(chain) },
    );
  }
  const isOption =
    first?.isAxiosError === true &&
    /^ERR_(BAD_OPTION|NOT_SUPPORT|INVALID_URL|BAD_REQUEST)/.test(code);
  if (at.answered || !(isOption || at.failures.refusals?.test(code))) return undefined;
  const field = message.includes('maxBodyLength') ? 'body' : 'factory';
  return taskError(
    'request',
    { field },
    { request: at.request, code: 'CANNOT_SEND', message, cause: causeOf(chain) },
  );
}

function networkError(chain: readonly PlatformError[], at: Circumstances): unknown {
  const code = codeOf(chain, at);
  const inTransfer = chain.some(({ syscall }) => syscall === 'read' || syscall === 'write');
  const sent = at.answered || (at.sent ?? (inTransfer || !at.failures.isNeverSent(code)));
  const told = chain.at(-1)?.message;
  const words = at.failures.words[code] ?? WORDS[code] ?? 'the exchange failed';
  const message = typeof told === 'string' && told !== '' ? `${words} (${told})` : words;
  return taskError(
    'network',
    { sent },
    { request: at.request, code, message, cause: causeOf(chain) },
  );
}

function codeOf(
  chain: readonly PlatformError[],
  { answered, failures }: Circumstances,
): NetworkCode {
  let code: NetworkCode | undefined;
  for (const error of chain) code ??= failures.networkCode(error.code ?? error.name, answered);
  if (answered) return code === 'MALFORMED_RESPONSE' ? code : 'BODY_TRUNCATED';
  return code ?? 'NETWORK_FAILED';
}

/** The error and what it came from, the outermost first. */
function chainOf(cause: unknown): PlatformError[] {
  const chain: PlatformError[] = [];
  for (
    let error: unknown = cause;
    typeof error === 'object' && error !== null && chain.length < DEEPEST_CAUSE;
  ) {
    chain.push(error);
    const { cause: inner, errors } = error as PlatformError;
    error = inner ?? (Array.isArray(errors) ? (errors as unknown[])[0] : undefined);
  }
  return chain;
}

/** The original error; of an AxiosError only name, message, code and stack: its config and request hold secrets. */
function causeOf(chain: readonly PlatformError[]): unknown {
  const original = chain.find((error) => error.isAxiosError !== true);
  if (original !== undefined) {
    // The parser hangs the raw bytes of the response on its errors.
    delete (original as { rawPacket?: unknown }).rawPacket;
    return original;
  }
  const [first] = chain;
  if (first === undefined) return undefined;
  const { name, code, stack } = first as Error & { code?: string };
  return Object.assign(new Error(String(first.message)), { name, code, stack });
}
