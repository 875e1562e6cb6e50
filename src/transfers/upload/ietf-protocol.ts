import type { Observable } from 'rxjs';
import { checkingInput } from '../../errors/from-input.js';
import { invalid } from '../../http/invalid-input.js';
import { checkOptionNames, ownOptions } from '../../http/option-checks.js';
import { type IetfCreation, createIetf } from './ietf-create.js';
import { booleanField, integerField } from './ietf-fields.js';
import { VERSION, ietfStanding, interimEvents, refusal, withDigest } from './ietf-step.js';
import { misread, step } from './protocol-step.js';
import type {
  FirstParts,
  ProtocolEvent,
  ResumableProtocol,
  UploadJob,
  UploadStanding,
} from './resumable-protocol.js';
import type { UploadExchange } from './upload-exchange.js';
import type { SourcePart } from './upload-source.js';

/** How the draft is spoken. */
export interface IetfOptions {
  /**
   * `careful` makes the upload with a small first chunk, which asks for a server that speaks the draft; `optimistic`
   * sends everything in one ordinary request that can go on where a `104` is seen; `probe` asks by OPTIONS which of the
   * two. Default `probe`.
   */
  readonly creation?: IetfCreation;
  /** Whether each chunk carries a `Content-Digest` (RFC 9530); chunks are then read into memory. Default `false`. */
  readonly digest?: boolean;
}

const PARTIAL_UPLOAD = 'application/partial-upload';

/**
 * "Resumable Uploads for HTTP", the IETF draft, interop version 8. A server that does not speak it gets an ordinary
 * upload; that one is tried again from its start only with an idempotent `method`.
 *
 * @example
 * resumableUpload(client, '/films', file, { protocol: ietfProtocol(), method: 'PUT' });
 * @throws TaskError `request` for an option that is unknown or wrong, naming it
 */
export function ietfProtocol(given: IetfOptions = {}): ResumableProtocol {
  const options = checkingInput(() => {
    checkOptionNames('ietf', given, ['creation', 'digest']);
    const { creation = 'probe', digest = false } = ownOptions(given);
    if (!['probe', 'careful', 'optimistic'].includes(creation))
      throw invalid('ietf.creation', "'probe', 'careful' or 'optimistic'", creation);
    if (typeof digest !== 'boolean') throw invalid('ietf.digest', 'true or false', digest);
    return { creation, digest };
  });
  return new Ietf(options);
}

class Ietf implements ResumableProtocol {
  readonly name = 'ietf';
  readonly #options: Required<IetfOptions>;

  constructor(options: Required<IetfOptions>) {
    this.#options = options;
  }

  create(exchange: UploadExchange, job: UploadJob, parts: FirstParts): Observable<ProtocolEvent> {
    const { creation, digest } = this.#options;
    return createIetf(exchange, job, parts, creation, digest);
  }

  append(
    exchange: UploadExchange,
    job: UploadJob,
    { url, offset, length }: UploadStanding,
    part: SourcePart,
  ): Observable<ProtocolEvent> {
    const end = part.byteLength === undefined ? undefined : offset + part.byteLength;
    return withDigest(part, this.#options.digest, (body, fields) =>
      step(
        exchange,
        {
          method: 'PATCH',
          url,
          headers: job.headers.merge({
            ...VERSION,
            'Upload-Offset': String(offset),
            'Upload-Complete': part.isLast ? '?1' : '?0',
            ...fields,
            'Content-Type': PARTIAL_UPLOAD,
          }),
          body,
        },
        {
          answer: (response) => {
            const complete = booleanField(response.headers, 'upload-complete') === true;
            const now = integerField(response.headers, 'upload-offset') ?? end;
            if (part.isLast && !complete)
              return {
                type: 'stopped',
                verdict: 'ask',
                error: misread(response, 'the answer does not say that the upload is complete'),
              };
            if (now === undefined) throw misread(response, 'the answer has no Upload-Offset');
            return ietfStanding(job, response, { url, offset: now, length, complete });
          },
          status: refusal,
          interim: (interim) => interimEvents(job, interim).filter(({ type }) => type === 'stored'),
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
          const offset = integerField(response.headers, 'upload-offset');
          const complete = booleanField(response.headers, 'upload-complete');
          if (offset === undefined || complete === undefined)
            throw misread(response, 'the answer has no Upload-Offset or no Upload-Complete');
          const length = integerField(response.headers, 'upload-length');
          return ietfStanding(job, response, { url, offset, length, complete });
        },
        status: ({ status }) =>
          status === 404 || status === 410 ? { verdict: 'gone' } : undefined,
      },
    );
  }

  abandon(exchange: UploadExchange, job: UploadJob, url: string): Observable<unknown> {
    return exchange.send({ method: 'DELETE', url, headers: job.headers.merge(VERSION) });
  }
}
