import { type ContextToken, contextToken } from '../http/context.js';

/** Bounds on what a response may bring, in decoded bytes. `Infinity` lifts one. */
export interface ResponseLimits {
  /** A body that is collected before it is delivered. Default 100 MB. */
  readonly bufferedBytes: number;
  /** A body that is delivered as it comes. Default none. */
  readonly streamedBytes: number;
  /** The part of an error's body that is kept in the `status` error; the rest is let go. Default 64 KiB. */
  readonly errorBodyBytes: number;
}

/** The bounds of one request; a client's `limits` option sets them for all of its requests. */
export const LIMITS: ContextToken<ResponseLimits> = contextToken<ResponseLimits>('limits', {
  bufferedBytes: 100_000_000,
  streamedBytes: Infinity,
  errorBodyBytes: 65_536,
});

/** Which status codes are answers rather than errors. Default 200 to 299. */
export const ACCEPT_STATUS: ContextToken<(status: number) => boolean> = contextToken<
  (status: number) => boolean
>('acceptStatus', (status) => status >= 200 && status <= 299);
