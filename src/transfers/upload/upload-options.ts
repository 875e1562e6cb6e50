import type { BackoffCurve } from '../../policies/backoff.js';
import type { ContextEntry } from '../../http/context.js';
import { HeaderFields, type HeaderFieldsInit } from '../../http/header-fields.js';
import { invalid } from '../../http/invalid-input.js';
import {
  checkCount,
  checkDuration,
  checkFunction,
  checkOptionNames,
  ownOptions,
} from '../../http/option-checks.js';
import { type Decoder, asJson, asSchema } from '../../decode/decoder.js';
import { type StandardSchema, isStandardSchema } from '../../decode/standard-schema.js';
import { growingChunks } from './chunk-sizes.js';
import { ietfProtocol } from './ietf-protocol.js';
import type { ResumableProtocol } from './resumable-protocol.js';
import type { UploadStorage } from './upload-storage.js';

/** How an upload goes. Everything has a default. */
export interface ResumableUploadOptions<T = unknown> {
  /** `tusProtocol()`, `ietfProtocol()` or your own. Default `ietfProtocol()`, which falls back to an ordinary upload. */
  readonly protocol?: ResumableProtocol;
  /** The method that creates the upload, where the protocol lets one choose. Default `POST`. */
  readonly method?: 'POST' | 'PUT' | 'PATCH';
  /** Header fields of every request of the upload. */
  readonly headers?: HeaderFieldsInit;
  /** Typed values of every request of the upload. */
  readonly context?: readonly (ContextEntry<never> | ContextEntry)[];
  /** Aborting it is an `aborted` error, with its reason. */
  readonly signal?: AbortSignal;
  /** How the last answer's body becomes a value: a decoder or a Standard Schema. Default JSON. */
  readonly decode?: Decoder<T> | StandardSchema<T>;
  /** Default the name of a `File` or path. */
  readonly fileName?: string;
  /** Media type of the content. Default that of a `Blob`. */
  readonly contentType?: string;
  /** `Upload-Metadata` of tus, beside `filename` and `filetype`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Bytes of the n-th chunk, from 1; `Infinity` for all the rest. A chunk that arrived takes n one further, a loss takes
   * it two back. Default {@link growingChunks}.
   */
  readonly chunkBytes?: (n: number) => number;
  /** Bytes of a stream that are kept to be sent again, and the most that go in one request. Default 4 MiB. */
  readonly replayBytes?: number;
  /** Where the upload is remembered, so that another process goes on with it. Default nowhere. */
  readonly storage?: UploadStorage;
  /** What tells this content from other content. Default name, size and date of a file; needed with `storage` for others. */
  readonly fingerprint?: string;
  /** Whether unsubscribing, or the signal, deletes what the server has. Default `false`. */
  readonly deleteOnCancel?: boolean;
  /** Losses in a row, without a byte more at the server, before the upload fails. Default 10; `Infinity` allowed. */
  readonly maxLosses?: number;
  /** The longest pause after a first loss, in milliseconds; it doubles with each further one. Default 500. */
  readonly baseDelayMs?: number;
  /** The longest pause, in milliseconds, unless the server asks for a longer one. Default 30,000. */
  readonly maxDelayMs?: number;
  /** A request without a sign of life for so long is lost, in milliseconds; 0 for no such watch. Default 30,000. */
  readonly idleMs?: number;
}

/** The options, checked and complete. */
export interface CheckedUploadOptions<T> {
  readonly protocol: ResumableProtocol;
  readonly method: string;
  readonly headers: HeaderFields;
  readonly context: readonly (ContextEntry<never> | ContextEntry)[];
  readonly signal: AbortSignal | undefined;
  readonly decode: Decoder<T>;
  readonly fileName: string | undefined;
  readonly contentType: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly chunkBytes: (n: number) => number;
  readonly replayBytes: number;
  readonly storage: UploadStorage | undefined;
  readonly fingerprint: string | undefined;
  readonly deleteOnCancel: boolean;
  readonly maxLosses: number;
  readonly curve: BackoffCurve;
  readonly idleMs: number;
}

const KNOWN: readonly (keyof ResumableUploadOptions)[] = [
  'protocol',
  'method',
  'headers',
  'context',
  'signal',
  'decode',
  'fileName',
  'contentType',
  'metadata',
  'chunkBytes',
  'replayBytes',
  'storage',
  'fingerprint',
  'deleteOnCancel',
  'maxLosses',
  'baseDelayMs',
  'maxDelayMs',
  'idleMs',
];

const REPLAY_BYTES = 4 * 1024 * 1024;

/** A private copy of the options, every one of them checked. @throws InvalidInput that names the option */
export function checkedUploadOptions<T>(given: ResumableUploadOptions<T>): CheckedUploadOptions<T> {
  if (typeof given !== 'object' || (given as unknown) === null)
    throw invalid('options', 'an object', given);
  checkOptionNames('', given, KNOWN);
  const own = ownOptions(given);
  const { protocol = ietfProtocol(), method = 'POST', chunkBytes = growingChunks } = own;
  const { deleteOnCancel = false, storage, decode } = own;
  for (const step of ['create', 'append', 'ask', 'abandon'] as const)
    checkFunction(`protocol.${step}`, (protocol as Partial<ResumableProtocol>)[step]);
  for (const verb of ['find', 'save', 'remove'] as const)
    if (storage !== undefined)
      checkFunction(`storage.${verb}`, (storage as Partial<UploadStorage>)[verb]);
  if (!/^(POST|PUT|PATCH)$/.test(method))
    throw invalid('method', "'POST', 'PUT' or 'PATCH'", method);
  checkFunction('chunkBytes', chunkBytes);
  if (typeof deleteOnCancel !== 'boolean')
    throw invalid('deleteOnCancel', 'true or false', deleteOnCancel);
  for (const name of ['fileName', 'contentType', 'fingerprint'] as const)
    if (own[name] !== undefined && typeof own[name] !== 'string')
      throw invalid(name, 'a string', own[name]);
  if (decode !== undefined && !isStandardSchema(decode)) checkFunction('decode', decode);
  return {
    protocol,
    method,
    headers: HeaderFields.from(own.headers),
    context: own.context ?? [],
    signal: own.signal,
    decode:
      decode === undefined
        ? (asJson as Decoder<T>)
        : isStandardSchema(decode)
          ? asSchema(decode)
          : decode,
    fileName: own.fileName,
    contentType: own.contentType,
    metadata: checkedMetadata(own.metadata ?? {}),
    chunkBytes,
    replayBytes: checkCount('replayBytes', own.replayBytes ?? REPLAY_BYTES, 1),
    storage,
    fingerprint: own.fingerprint,
    deleteOnCancel,
    maxLosses: checkCount('maxLosses', own.maxLosses ?? 10, 0, true),
    curve: {
      baseDelayMs: checkDuration('baseDelayMs', own.baseDelayMs ?? 500),
      maxDelayMs: checkDuration('maxDelayMs', own.maxDelayMs ?? 30_000),
    },
    idleMs: checkDuration('idleMs', own.idleMs ?? 30_000),
  };
}

function checkedMetadata(given: unknown): Readonly<Record<string, string>> {
  if (typeof given !== 'object' || given === null)
    throw invalid('metadata', 'a record of strings', given);
  for (const [key, value] of Object.entries(given)) {
    if (key === '' || /[\s,]|[^\u0021-\u007e]/.test(key))
      throw invalid('metadata', 'keys of ASCII without spaces and commas', key);
    if (typeof value !== 'string') throw invalid(`metadata.${key}`, 'a string', value);
  }
  return { ...(given as Record<string, string>) };
}
