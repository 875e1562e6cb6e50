import { Observable, type Subscriber, concatMap, from, map, of } from 'rxjs';
import type { Client } from '../../client/client.js';
import { decodeError } from '../../decode/decode-error.js';
import type { Decoder } from '../../decode/decoder.js';
import { fromInput } from '../../errors/from-input.js';
import { isTaskError } from '../../errors/task-error.js';
import { invalid } from '../../http/invalid-input.js';
import { redactUrl } from '../../http/redact.js';
import type { TaskRequest } from '../../http/request.js';
import { withBody } from '../../http/response.js';
import { heed } from '../../task/heed.js';
import { RANDOM, schedulerFor } from '../../task/surroundings.js';
import { isPromise, whenThere } from './awaitable.js';
import { ParallelUpload, isParallel } from './parallel-upload.js';
import { type UploadInput, openSource } from './source-of.js';
import { exchangeOver } from './upload-exchange.js';
import type { UploadNotice } from './upload-notice.js';
import {
  type CheckedUploadOptions,
  type ResumableUploadOptions,
  checkedUploadOptions,
} from './upload-options.js';
import { UploadRecord } from './upload-record.js';
import { type RunSettings, UploadRun } from './upload-run.js';
import type { OpenedSource } from './upload-source.js';

/**
 * Uploads content in requests that go on where the server says it stands, after any loss and in another process: tells
 * of its progress and then of the result, see {@link UploadNotice}. Cold: each subscription is an upload of its own.
 *
 * Every request goes through the client with its interceptors, so that each is retried, authenticated, limited and
 * logged by itself. A request with content is not repeated by a retry policy once it may have arrived: the server is
 * asked instead. Unsubscribing ends the request and the source, and deletes the upload at the server only with
 * `deleteOnCancel`.
 *
 * @example
 * resumableUpload<Film>(client, '/films', file, { storage: webUploads(localStorage) }).subscribe((notice) => {
 *   if (notice.type === 'progress') bar.value = notice.loaded / file.size;
 *   if (notice.type === 'done') show(notice.response?.body);
 * });
 * @throws TaskError `request` for an option that is unknown or wrong, naming it. On the error channel: what the server
 * refuses for good (`status`), `maxLosses` in a row (the last loss), content that is too large or is not kept any more
 * (`request`, `limit`), and `UPLOAD_OUTCOME_UNKNOWN` (`network`) where the upload may be complete and cannot be asked
 */
export function resumableUpload<T = unknown>(
  client: Client,
  url: string,
  source: UploadInput,
  options: ResumableUploadOptions<T> = {},
): Observable<UploadNotice<T>> {
  const checked = inputOf(() => checkedUploadOptions(options));
  return new Observable<UploadNotice<Uint8Array>>((subscriber) => {
    try {
      const { request } = client.request({
        url,
        method: checked.method,
        headers: checked.headers,
        context: checked.context,
        ...(checked.signal === undefined ? {} : { signal: checked.signal }),
      });
      // A client answers a URL that it cannot take with a task that fails.
      if (request.url === '' || !/^https?:/i.test(request.url)) {
        client
          .request({ url, method: checked.method })
          .subscribe(subscriber as Subscriber<unknown>);
        return;
      }
      if (!heed(request, subscriber)) return;
      whenThere(
        openSource(source, checked.replayBytes),
        subscriber,
        (opened) => {
          begin(client, request, opened, checked, subscriber);
        },
        (cause) => {
          subscriber.error(fromInput(cause));
        },
      );
    } catch (cause) {
      subscriber.error(fromInput(cause));
    }
  }).pipe(
    concatMap((notice) =>
      notice.type === 'done' ? decoded(notice, checked.decode) : of(notice as UploadNotice<T>),
    ),
  );
}

function inputOf<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw fromInput(cause);
  }
}

function begin<T>(
  client: Client,
  request: TaskRequest,
  source: OpenedSource,
  options: CheckedUploadOptions<T>,
  out: Subscriber<UploadNotice<Uint8Array>>,
): void {
  const { protocol, storage, idleMs, context, signal } = options;
  const scheduler = schedulerFor(request, undefined);
  const keyed = keysOf(request, source, options);
  const recordOf = (key: string | undefined): UploadRecord | undefined =>
    storage === undefined || key === undefined
      ? undefined
      : new UploadRecord(storage, key, (cause) => {
          if (!out.closed) out.next({ type: 'unsaved', cause });
        });
  const settings: RunSettings = {
    protocol,
    exchange: exchangeOver(client, { idleMs, context, signal }),
    farewell: exchangeOver(client, { idleMs, context, signal: undefined }),
    job: {
      url: request.url,
      method: options.method,
      headers: options.headers,
      size: source.size,
      fileName: options.fileName ?? source.fileName,
      contentType: options.contentType ?? source.contentType,
      metadata: options.metadata,
      now: () => scheduler.now(),
    },
    source,
    record: recordOf(keyed),
    keepsRecord: false,
    chunkBytes: options.chunkBytes,
    deleteOnCancel: options.deleteOnCancel,
    maxLosses: options.maxLosses,
    curve: options.curve,
    scheduler,
    random: request.context.get(RANDOM),
  };
  if (isParallel(settings))
    new ParallelUpload(
      settings,
      (part) => recordOf(keyed && `${keyed} ${String(part + 1)}/${String(protocol.parallel)}`),
      out,
    ).begin();
  else new UploadRun(settings, out).begin();
}

/** The key of the upload in a storage. @throws InvalidInput where nothing tells this content from other content */
function keysOf<T>(
  request: TaskRequest,
  source: OpenedSource,
  { storage, fingerprint = source.identity, protocol }: CheckedUploadOptions<T>,
): string | undefined {
  if (storage === undefined) return undefined;
  if (fingerprint === undefined) {
    source.close();
    throw invalid(
      'fingerprint',
      'needed with a storage: nothing tells this content from other content',
    );
  }
  return `coldwire-upload ${protocol.name} ${redactUrl(request.url)} ${fingerprint}`;
}

type Done<T> = UploadNotice<T> & { readonly type: 'done' };

function decoded<T>(notice: Done<Uint8Array>, decode: Decoder<T>): Observable<UploadNotice<T>> {
  const { response } = notice;
  if (response === undefined) return of({ ...notice, response: undefined });
  const done = (body: T): UploadNotice<T> => ({ ...notice, response: withBody(response, body) });
  const failed = (cause: unknown): unknown =>
    isTaskError(cause)
      ? cause
      : decodeError(
          response,
          'DECODE_FAILED',
          'the answer to the upload was not understood',
          cause,
        );
  try {
    const value = decode(response);
    if (!isPromise(value)) return of(done(value));
    return from(value.then(done, (cause: unknown) => Promise.reject(failed(cause) as Error)));
  } catch (cause) {
    throw failed(cause);
  }
}
