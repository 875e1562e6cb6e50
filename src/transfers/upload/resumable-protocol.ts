import type { Observable } from 'rxjs';
import type { TaskError } from '../../errors/task-error.js';
import type { HeaderFields } from '../../http/header-fields.js';
import type { TaskResponse } from '../../http/response.js';
import type { Awaitable } from './awaitable.js';
import type { UploadExchange } from './upload-exchange.js';
import type { SourcePart } from './upload-source.js';

/** What is uploaded where, as every request of one upload needs it. */
export interface UploadJob {
  /** Where uploads are created. */
  readonly url: string;
  /** The method that creates. */
  readonly method: string;
  /** The caller's header fields, sent with every request. */
  readonly headers: HeaderFields;
  /** Bytes in all, when known before they are read. */
  readonly size: number | undefined;
  readonly fileName: string | undefined;
  readonly contentType: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** The clock, in milliseconds since 1970. */
  now(): number;
}

/** What a server bounds, in bytes. */
export interface UploadLimits {
  readonly maxBytes?: number | undefined;
  readonly minBytes?: number | undefined;
  readonly maxAppendBytes?: number | undefined;
  readonly minAppendBytes?: number | undefined;
}

/** How an upload stands at the server. */
export interface UploadStanding {
  /** The upload's own URL, absolute. */
  readonly url: string;
  /** Bytes that the server has for good. */
  readonly offset: number;
  /** Bytes in all as the server knows it. */
  readonly length?: number | undefined;
  /** Whether the server has everything and knows it. */
  readonly complete: boolean;
  /** When the server lets the upload go, in milliseconds since 1970. */
  readonly expiresAtMs?: number | undefined;
  readonly limits?: UploadLimits | undefined;
  /** The answer that said so; of a completed upload the last one. */
  readonly response: TaskResponse<Uint8Array>;
}

/**
 * What a failure means: the connection was `lost` (wait, then ask how it stands), `ask` at once, the upload is `gone`
 * (start again), it was `completed` before (ask, and
 * never start again), or it `failed` for good.
 */
export type UploadVerdict = 'lost' | 'ask' | 'gone' | 'completed' | 'failed';

/**
 * What one step of a protocol tells. It ends with `standing` or `stopped`, then completes. An error is a bug.
 */
export type ProtocolEvent =
  /** Bytes of this request's body that were handed to the connection. */
  | { readonly type: 'sending'; readonly loaded: number }
  /** The upload has a URL from now on. */
  | {
      readonly type: 'located';
      readonly url: string;
      readonly limits: UploadLimits | undefined;
      readonly expiresAtMs: number | undefined;
    }
  /** The server told on the way how much it has. */
  | { readonly type: 'stored'; readonly offset: number }
  | { readonly type: 'standing'; readonly standing: UploadStanding }
  | {
      readonly type: 'stopped';
      readonly verdict: UploadVerdict;
      readonly error: TaskError;
      readonly limits?: UploadLimits | undefined;
    };

/** Gives parts of the content to who creates an upload. */
export interface FirstParts {
  /** The first chunk, of the size that the policy and these limits allow. */
  chunk(limits: UploadLimits | undefined): Awaitable<SourcePart>;
  /** All of it in one body. */
  whole(): Awaitable<SourcePart>;
}

/**
 * A way to upload in several requests: each step is one Observable over the client, so that retry, token refresh,
 * deadlines and logs apply to each request. {@link tusProtocol} and {@link ietfProtocol} are the two at hand.
 */
export interface ResumableProtocol {
  /** Stands in keys of storages and in messages. */
  readonly name: string;
  /** In how many parts at once the content may go; more than 1 needs `part` and `join`. Default 1. */
  readonly parallel?: number;
  /** Makes the upload, with the first bytes where the protocol can. */
  create(exchange: UploadExchange, job: UploadJob, parts: FirstParts): Observable<ProtocolEvent>;
  /** Sends a part at the offset where the upload stands. */
  append(
    exchange: UploadExchange,
    job: UploadJob,
    standing: UploadStanding,
    part: SourcePart,
  ): Observable<ProtocolEvent>;
  /** Asks how the upload stands. */
  ask(exchange: UploadExchange, job: UploadJob, url: string): Observable<ProtocolEvent>;
  /** Gives the upload up: sends one request and completes. */
  abandon(exchange: UploadExchange, job: UploadJob, url: string): Observable<unknown>;
  /** The protocol of one of several parts. */
  part?(): ResumableProtocol;
  /** The protocol whose `create` makes one upload of these. */
  join?(urls: readonly string[]): ResumableProtocol;
}
