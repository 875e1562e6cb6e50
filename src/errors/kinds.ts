import type { ResponseHead, TaskResponse } from '../http/response.js';

/*
 * TaskError (kind)                                            tried again by retryTransient?
 *   request   cannot be built, encoded or sent again          never
 *   network   no usable response (code, sent)                 if not sent, or idempotent
 *   timeout   we stopped waiting (phase, afterMs)             idempotent only
 *   status    the answer was no (response, body capped)       408 425 429 500 502 503 504, idempotent or asked for
 *   redirect  too many hops, or one that must not be followed never
 *   limit     a bound was reached (which, maxBytes)           never
 *   decode    the bytes were not understood (head)            never
 *   auth      no credential, refresh failed, loop guard       never
 *   file      the disk said no (path, code), of coldwire/node never
 *   aborted   the caller's AbortSignal, with its reason       never
 * Unsubscribing is not an error: it is silence. Anything else is a bug: it passes through unwrapped, never retried.
 */

/** Why there was no usable response, the same on every adapter as far as the platform tells. */
export type NetworkCode =
  | 'CONNECTION_REFUSED'
  | 'CONNECTION_RESET'
  | 'DNS_FAILED'
  | 'TLS_FAILED'
  | 'UNREACHABLE'
  | 'PROXY_FAILED'
  | 'BODY_TRUNCATED'
  | 'MALFORMED_RESPONSE'
  | 'NO_RESPONSE'
  | 'NETWORK_FAILED';

/** What we were waiting for when the time was up. */
export type TimeoutPhase = 'connect' | 'response' | 'idle' | 'total';

/** What was bounded when the bound was reached. */
export type LimitSubject =
  'response' | 'error-body' | 'line' | 'event' | 'queue' | 'content-codings' | 'replay';

/** The fields that each kind of error has beside those of every error. */
export interface TaskErrorFields {
  request: {
    /** Which part of the input was wrong: `url`, `headers.x-trace`, `body`. */
    readonly field: string;
  };
  network: {
    /** Whether any byte of the request may have reached the server. */
    readonly sent: boolean;
  };
  timeout: {
    readonly phase: TimeoutPhase;
    /** Milliseconds waited. */
    readonly afterMs: number;
  };
  status: {
    readonly status: number;
    /** The whole response; its body is cut at the bound for error bodies. */
    readonly response: TaskResponse<Uint8Array>;
  };
  redirect: {
    /** Where the refused hop would have led, redacted. */
    readonly location: string;
    /** Hops followed before. */
    readonly hops: number;
  };
  limit: {
    readonly which: LimitSubject;
    /** The bound, in bytes (or items for a queue). */
    readonly maxBytes: number;
  };
  decode: {
    readonly head: ResponseHead | undefined;
    /** The whole response as bytes, when it was there. */
    readonly response: TaskResponse<Uint8Array> | undefined;
    /** What a schema found, in the form of Standard Schema. */
    readonly issues: readonly DecodeIssue[];
  };
  auth: object;
  file: {
    /** The file that it is about; of a failed move, where the bytes are. */
    readonly path: string;
    /** Of a failed move, where they were to go. */
    readonly destination: string | undefined;
  };
  aborted: {
    /** The signal's reason, untouched. */
    readonly reason: unknown;
  };
}

/** One finding of a schema. */
export interface DecodeIssue {
  readonly message: string;
  /** Keys from the root to the value that was wrong. */
  readonly path?: readonly PropertyKey[];
}

/** The kinds of the closed union. */
export type TaskErrorKind = keyof TaskErrorFields;
