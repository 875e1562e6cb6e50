import { Observable, type Subscriber, concatMap, from, of } from 'rxjs';
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
import type { RunSettings } from './run-settings.js';
import { UploadRun } from './upload-run.js';
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
  const upload = new Observable<UploadNotice<Uint8Array>>((subscriber) => {
    try {
      start(client, url, source, checked, subscriber);
    } catch (cause) {
      subscriber.error(fromInput(cause));
    }
  });
  return upload.pipe(
    concatMap((notice) =>
      notice.type === 'done' ? decoded(notice, checked.decode) : of(notice as UploadNotice<T>),
    ),
  );
}

function start<T>(
  client: Client,
  url: string,
  source: UploadInput,
  options: CheckedUploadOptions<T>,
  out: Subscriber<UploadNotice<Uint8Array>>,
): void {
  const { method, headers, context, signal, replayBytes } = options;
  const task = client.request({
    url,
    method,
    headers,
    context,
    ...(signal === undefined ? {} : { signal }),
  });
  // A client answers a URL that it cannot take with a task that fails.
  if (!/^https?:/i.test(task.request.url)) {
    task.subscribe(out as Subscriber<unknown>);
    return;
  }
  if (!heed(task.request, out)) return;
  const failed = (cause: unknown): void => {
    out.error(fromInput(cause));
  };
  whenThere(
    openSource(source, replayBytes),
    out,
    (opened) => {
      try {
        begin(client, task.request, opened, options, out);
      } catch (cause) {
        failed(cause);
      }
    },
    failed,
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
  const records = new Map<string, UploadRecord>();
  const recordOf = (key: string | undefined): UploadRecord | undefined => {
    if (storage === undefined || key === undefined) return undefined;
    const known = records.get(key);
    if (known !== undefined) return known;
    const record = new UploadRecord(storage, key, (cause) => {
      if (!out.closed) out.next({ type: 'unsaved', cause });
    });
    records.set(key, record);
    return record;
  };
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
