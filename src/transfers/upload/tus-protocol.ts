import { type Observable, from, switchMap } from 'rxjs';
import { checkingInput } from '../../errors/from-input.js';
import { invalid } from '../../http/invalid-input.js';
import { checkCount, checkOptionNames, ownOptions } from '../../http/option-checks.js';
import { parseHttpDate } from '../../http/http-date.js';
import type { TaskResponse } from '../../http/response.js';
import { type DigestName, digestOf, partBytes } from './part-digest.js';
import { located, misread, step } from './protocol-step.js';
import type {
  ProtocolEvent,
  ResumableProtocol,
  UploadJob,
  UploadStanding,
} from './resumable-protocol.js';
import { base64, bytesField, metadataField } from './tus-fields.js';
import type { UploadExchange } from './upload-exchange.js';
import type { SourcePart } from './upload-source.js';

/** How tus is spoken. */
export interface TusOptions {
  /** Whether the first chunk goes along with the creation (extension creation-with-upload). Default `true`. */
  readonly creationWithUpload?: boolean;
  /** A checksum with each chunk (extension checksum); chunks are then read into memory. Default none. */
  readonly checksum?: DigestName;
  /** Parts that are uploaded at once and then made one (extension concatenation), where the size is known. Default 1. */
  readonly parallel?: number;
}

const VERSION = { 'Tus-Resumable': '1.0.0' };
const OFFSET_STREAM = 'application/offset+octet-stream';

/**
 * tus 1.0: core, creation, creation-with-upload, deferred length, checksum, expiration, termination, concatenation.
 *
 * A chunk that is the whole content goes in a request of its own behind the creation, so that no lost answer makes a
 * second upload. 403, 404 and 410 to the question how it stands begin anew.
 *
 * @example
 * resumableUpload(client, '/files/', file, { protocol: tusProtocol({ parallel: 4 }) });
 * @throws TaskError `request` for an option that is unknown or wrong, naming it
 */
export function tusProtocol(given: TusOptions = {}): ResumableProtocol {
  const options = checkingInput(() => {
    checkOptionNames('tus', given, ['creationWithUpload', 'checksum', 'parallel']);
    const { creationWithUpload = true, checksum, parallel = 1 } = ownOptions(given);
    if (typeof creationWithUpload !== 'boolean')
      throw invalid('tus.creationWithUpload', 'true or false', creationWithUpload);
    if (checksum !== undefined && !['sha-1', 'sha-256', 'sha-512'].includes(checksum))
      throw invalid('tus.checksum', "'sha-1', 'sha-256' or 'sha-512'", checksum);
    return { creationWithUpload, checksum, parallel: checkCount('tus.parallel', parallel, 1) };
  });
  return new Tus(options);
}

interface TusSettings extends Required<Omit<TusOptions, 'checksum'>> {
  readonly checksum: DigestName | undefined;
  /** `Upload-Concat` of this upload. */
  readonly concat?: string;
}

class Tus implements ResumableProtocol {
  readonly name = 'tus';
  readonly parallel: number;
  readonly #options: TusSettings;

  constructor(options: TusSettings) {
    this.#options = options;
    this.parallel = options.parallel;
  }

  create(
    exchange: UploadExchange,
    job: UploadJob,
    parts: Parameters<ResumableProtocol['create']>[2],
  ): Observable<ProtocolEvent> {
    const { creationWithUpload, concat } = this.#options;
    if (concat?.startsWith('final') === true) return this.#create(exchange, job, undefined);
    if (!creationWithUpload) return this.#create(exchange, job, undefined);
    const first = parts.chunk(undefined);
    const begin = (part: SourcePart): Observable<ProtocolEvent> =>
      this.#create(exchange, job, part.isLast ? undefined : part);
    return 'then' in first ? from(first).pipe(switchMap(begin)) : begin(first);
  }

  #create(
    exchange: UploadExchange,
    job: UploadJob,
    part: SourcePart | undefined,
  ): Observable<ProtocolEvent> {
    const { concat } = this.#options;
    const isFinal = concat?.startsWith('final') === true;
    const { size } = job;
    return this.#withChecksum(part, (body, checksum) =>
      step(
        exchange,
        {
          method: 'POST',
          url: job.url,
          headers: job.headers.merge({
            ...VERSION,
            ...(isFinal ? {} : lengthFields(size)),
            'Upload-Metadata': concat === 'partial' ? undefined : metadataField(metadataOf(job)),
            'Upload-Concat': concat,
            ...checksum,
            'Content-Type': part === undefined ? undefined : OFFSET_STREAM,
          }),
          body: body ?? new Uint8Array(),
        },
        {
          answer: (response) => {
            const url = located(response.headers.get('location'), response.url);
            if (url === undefined)
              throw misread(response, 'the server made an upload and did not say where');
            const offset = bytesField(response.headers, 'upload-offset') ?? 0;
            return standing(job, response, {
              url,
              offset: isFinal ? (size ?? 0) : offset,
              length: size,
              complete: isFinal || size === offset,
            });
          },
        },
      ),
    );
  }

  append(
    exchange: UploadExchange,
    job: UploadJob,
    { url, offset, length }: UploadStanding,
    part: SourcePart,
  ): Observable<ProtocolEvent> {
    const end = part.byteLength === undefined ? undefined : offset + part.byteLength;
    // The length that was put off is said with the last chunk, unless that was said before and its answer lost.
    const size = length ?? job.size ?? (part.isLast ? end : undefined);
    return this.#withChecksum(part, (body, checksum) =>
      step(
        exchange,
        {
          method: 'PATCH',
          url,
          headers: job.headers.merge({
            ...VERSION,
            'Upload-Offset': String(offset),
            'Upload-Length':
              length === undefined && job.size === undefined && size !== undefined
                ? String(size)
                : undefined,
            ...checksum,
            'Content-Type': OFFSET_STREAM,
          }),
          body: body ?? new Uint8Array(),
        },
        {
          answer: (response) => {
            const now = bytesField(response.headers, 'upload-offset');
            if (now === undefined) throw misread(response, 'the answer has no Upload-Offset');
            return standing(job, response, {
              url,
              offset: now,
              length: size,
              complete: size === now,
            });
          },
          status: ({ status }) =>
            status === 409 || status === 460
              ? { verdict: 'ask' }
              : status === 404 || status === 410
                ? { verdict: 'gone' }
                : undefined,
        },
      ),
    );
  }

  ask(exchange: UploadExchange, job: UploadJob, url: string): Observable<ProtocolEvent> {
    return step(
      exchange,
      { method: 'HEAD', url, headers: job.headers.merge(VERSION) },
      {
        answer: (response) => {
          const offset = bytesField(response.headers, 'upload-offset');
          const length = bytesField(response.headers, 'upload-length');
          if (offset === undefined) throw misread(response, 'the answer has no Upload-Offset');
          return standing(job, response, { url, offset, length, complete: offset === length });
        },
        status: ({ status }) =>
          status === 403 || status === 404 || status === 410 ? { verdict: 'gone' } : undefined,
      },
    );
  }

  abandon(exchange: UploadExchange, job: UploadJob, url: string): Observable<unknown> {
    return exchange.send({ method: 'DELETE', url, headers: job.headers.merge(VERSION) });
  }

  part(): ResumableProtocol {
    return new Tus({ ...this.#options, parallel: 1, concat: 'partial' });
  }

  join(urls: readonly string[]): ResumableProtocol {
    return new Tus({ ...this.#options, parallel: 1, concat: `final;${urls.join(' ')}` });
  }

  /** With the checksum of a part, where one is wanted: the bytes that were hashed are the bytes that go. */
  #withChecksum(
    part: SourcePart | undefined,
    send: (
      body: SourcePart['body'] | Uint8Array | undefined,
      fields: Readonly<Record<string, string>>,
    ) => Observable<ProtocolEvent>,
  ): Observable<ProtocolEvent> {
    const { checksum } = this.#options;
    if (part === undefined || checksum === undefined) return send(part?.body, {});
    const hashed = async (): Promise<readonly [Uint8Array, string]> => {
      const bytes = await partBytes(part.body);
      return [bytes, base64(await digestOf(bytes, checksum))];
    };
    return from(hashed()).pipe(
      switchMap(([bytes, digest]) =>
        send(bytes, { 'Upload-Checksum': `${checksum.replace('-', '')} ${digest}` }),
      ),
    );
  }
}

function lengthFields(size: number | undefined): Readonly<Record<string, string>> {
  return size === undefined ? { 'Upload-Defer-Length': '1' } : { 'Upload-Length': String(size) };
}

/** The names that servers look for, unless the caller said something of these names. */
function metadataOf({ fileName, contentType, metadata }: UploadJob): Record<string, string> {
  return {
    ...(fileName === undefined ? {} : { filename: fileName }),
    ...(contentType === undefined ? {} : { filetype: contentType }),
    ...metadata,
  };
}

function standing(
  job: UploadJob,
  response: TaskResponse<Uint8Array>,
  how: Omit<UploadStanding, 'response'>,
): ProtocolEvent {
  const expires = response.headers.get('upload-expires');
  const expiresAtMs = expires === undefined ? undefined : parseHttpDate(expires, job.now());
  return { type: 'standing', standing: { ...how, expiresAtMs, response } };
}
