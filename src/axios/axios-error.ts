import { fromInput } from '../errors/from-input.js';
import type { NetworkCode, TaskErrorFields, TaskErrorKind, TimeoutPhase } from '../errors/kinds.js';
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

/** What an error of the closed union says, before it is made. */
type Finding = {
  [K in TaskErrorKind]: readonly [
    kind: K,
    fields: TaskErrorFields[K],
    code: string,
    message: string,
  ];
}[TaskErrorKind];

/** Whatever axios or the platform failed with, as the error of the closed union that it is (L5). */
export function toTaskError(cause: unknown, at: Circumstances): unknown {
  const { request } = at;
  const known = fromInput(cause, request);
  if (isTaskError(known)) return withRequest(known, request);
  const chain = chainOf(cause);
  const [kind, fields, code, message] =
    timeoutIn(chain, at) ?? refusalIn(chain, at) ?? networkFailure(chain, at);
  return taskError(kind, fields, { request, code, message, cause: causeOf(chain) });
}

function timeoutIn(chain: readonly PlatformError[], at: Circumstances): Finding | undefined {
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
  const message = `timed out after ${String(afterMs)} ms (${phase})`;
  return ['timeout', { phase, afterMs }, `TIMEOUT_${phase.toUpperCase()}`, message];
}

/** axios says ECONNABORTED or ETIMEDOUT; the system's own ETIMEDOUT names a system call. */
function isAxiosTimeout({ isAxiosError, code, syscall, message, cause }: PlatformError): boolean {
  if (isAxiosError !== true || syscall !== undefined) return false;
  if (code === 'ETIMEDOUT') return (cause as PlatformError | undefined)?.syscall === undefined;
  return code === 'ECONNABORTED' && message !== 'Request aborted';
}

/** What axios or Node refuses to send or to take, by options of the user's instance. */
function refusalIn(
  [first]: readonly PlatformError[],
  { answered, failures }: Circumstances,
): Finding | undefined {
  const code = String(first?.code);
  const message = String(first?.message);
  const maxBytes = /^maxContentLength size of (\d+) exceeded/.exec(message)?.[1];
  if (maxBytes !== undefined)
    return ['limit', { which: 'response', maxBytes: Number(maxBytes) }, 'LIMIT_RESPONSE', message];
  const isOption =
    first?.isAxiosError === true &&
    /^ERR_(BAD_OPTION|NOT_SUPPORT|INVALID_URL|BAD_REQUEST)/.test(code);
  if (answered || !(isOption || failures.refusals?.test(code))) return undefined;
  const field = message.includes('maxBodyLength') ? 'body' : 'factory';
  return ['request', { field }, 'CANNOT_SEND', message];
}

function networkFailure(chain: readonly PlatformError[], at: Circumstances): Finding {
  const code = codeOf(chain, at);
  const inTransfer = chain.some(({ syscall }) => syscall === 'read' || syscall === 'write');
  const sent = at.answered || (at.sent ?? (inTransfer || !at.failures.isNeverSent(code)));
  const told = chain.at(-1)?.message;
  const words = at.failures.words[code] ?? WORDS[code] ?? 'the exchange failed';
  const message = typeof told === 'string' && told !== '' ? `${words} (${told})` : words;
  return ['network', { sent }, code, message];
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
