import { Observable, catchError, filter, from, map, of, switchMap, tap } from 'rxjs';
import { isTaskError, taskError } from '../../errors/task-error.js';
import type { HeaderFields } from '../../http/header-fields.js';
import type { Awaitable } from './awaitable.js';
import { booleanField, dispositionField, integerField, limitsField } from './ietf-fields.js';
import { VERSION, ietfStanding, interimEvents, refusal, withDigest } from './ietf-step.js';
import { located, misread, step, stoppedBy } from './protocol-step.js';
import type { FirstParts, ProtocolEvent, UploadJob, UploadLimits } from './resumable-protocol.js';
import type { UploadExchange } from './upload-exchange.js';
import type { SourcePart } from './upload-source.js';

/** How an upload is begun. */
export type IetfCreation = 'probe' | 'careful' | 'optimistic';

const IDEMPOTENT = /^(PUT|DELETE)$/;

type Stopped = ProtocolEvent & { readonly type: 'stopped' };

/** Begins an upload in the way that was chosen, or that the server's answer to OPTIONS suggests. */
export function createIetf(
  exchange: UploadExchange,
  job: UploadJob,
  parts: FirstParts,
  creation: IetfCreation,
  digest: boolean,
): Observable<ProtocolEvent> {
  if (creation === 'careful') return careful(exchange, job, parts, digest, undefined);
  if (creation === 'optimistic') return optimistic(exchange, job, parts);
  return probe(exchange, job).pipe(
    switchMap((found): Observable<ProtocolEvent> => {
      if (found.type === 'stopped') return of(found);
      return found.speaks
        ? careful(exchange, job, parts, digest, found.limits)
        : optimistic(exchange, job, parts);
    }),
  );
}

interface Found {
  readonly type: 'found';
  readonly speaks: boolean;
  readonly limits: UploadLimits | undefined;
}

/** Whether the server speaks the draft: `Accept-Patch` in the answer to OPTIONS says so (section 4.1.4). */
function probe(exchange: UploadExchange, job: UploadJob): Observable<Found | Stopped> {
  return exchange
    .send({ method: 'OPTIONS', url: job.url, headers: job.headers.merge(VERSION) })
    .pipe(
      filter((event) => event.type === 'answer'),
      map(({ response: { headers } }): Found | Stopped => ({
        type: 'found',
        speaks: /(^|,)\s*application\/partial-upload\s*(;|,|$)/i.test(
          headers.get('accept-patch') ?? '',
        ),
        limits: limitsField(headers)?.limits,
      })),
      catchError((error: unknown) => {
        if (!isTaskError(error)) throw error;
        const stopped = stoppedBy(error, ({ status }) =>
          status === 401 || status === 403 || status === 407 ? { verdict: 'failed' } : undefined,
        );
        // That OPTIONS is refused says no more than that it is.
        return of<Found | Stopped>(
          error.kind === 'status' &&
            stopped.verdict === 'failed' &&
            ![401, 403, 407].includes(error.status)
            ? { type: 'found', speaks: false, limits: undefined }
            : stopped,
        );
      }),
    );
}

/** With a first chunk, or with nothing where that chunk would be all: then no lost answer makes a second upload. */
function careful(
  exchange: UploadExchange,
  job: UploadJob,
  parts: FirstParts,
  digest: boolean,
  limits: UploadLimits | undefined,
): Observable<ProtocolEvent> {
  return whenGiven(parts.chunk(limits), (part) => {
    const sent = part.isLast ? undefined : part;
    let told: string | undefined;
    const send = (
      body: SourcePart['body'] | Uint8Array,
      fields: Readonly<Record<string, string>>,
    ): Observable<ProtocolEvent> =>
      step(
        exchange,
        { ...creation(job, '?0', fields), body },
        {
          interim: (interim) =>
            interimEvents(job, interim).map((event) => {
              if (event.type === 'located') told = event.url;
              return event;
            }),
          answer: (response) => {
            const url = located(response.headers.get('location'), response.url);
            if (url === undefined)
              throw misread(response, 'the server took a part and did not say where to go on');
            if (told !== undefined && told !== url)
              throw misread(response, 'the server named two places for one upload');
            const offset = integerField(response.headers, 'upload-offset') ?? sent?.byteLength ?? 0;
            return ietfStanding(job, response, { url, offset, length: job.size, complete: false });
          },
          status: refusal,
        },
      );
    return sent === undefined ? send(new Uint8Array(), {}) : withDigest(sent, digest, send);
  });
}

/** All of it in one request, as any upload: it can go on where a 104 tells that it has a URL. */
function optimistic(
  exchange: UploadExchange,
  job: UploadJob,
  parts: FirstParts,
): Observable<ProtocolEvent> {
  return whenGiven(
    parts.whole(),
    (part) =>
      new Observable<ProtocolEvent>((subscriber) => {
        let url: string | undefined;
        let loaded = 0;
        const events = step(
          exchange,
          { ...creation(job, '?1', {}), body: part.body },
          {
            interim: (interim) => {
              const told = interimEvents(job, interim);
              for (const event of told) {
                if (event.type !== 'located') continue;
                ({ url } = event);
                if ((part.byteLength ?? 0) > (event.limits?.maxAppendBytes ?? Infinity))
                  return [...told, tooMuchAtOnce(event.limits)];
              }
              return told;
            },
            answer: (response) => {
              const offset = integerField(response.headers, 'upload-offset');
              const complete = booleanField(response.headers, 'upload-complete') !== false;
              const bytes = job.size ?? part.byteLength ?? loaded;
              const place = url ?? located(response.headers.get('location'), response.url);
              // It took less than it was sent, and says so: that is no end, whatever its status.
              if (!complete && (place === undefined || offset === undefined))
                throw misread(response, 'the answer says that the upload is not complete');
              return ietfStanding(job, response, {
                url: (complete ? url : place) ?? response.url,
                offset: offset ?? bytes,
                length: job.size ?? part.byteLength,
                complete,
              });
            },
            status: (error) => (url === undefined ? { verdict: 'failed' } : refusal(error)),
          },
        );
        return events
          .pipe(
            tap((event) => {
              if (event.type === 'sending') ({ loaded } = event);
            }),
            map((event) =>
              // Nobody can be asked what became of it.
              event.type === 'stopped' &&
              event.verdict === 'lost' &&
              url === undefined &&
              !mayRepeat(job, event)
                ? { ...event, verdict: 'failed' as const }
                : event,
            ),
          )
          .subscribe(subscriber);
      }),
  );
}

function tooMuchAtOnce(limits: UploadLimits | undefined): Stopped {
  const message = `the server takes at most ${String(limits?.maxAppendBytes)} bytes in one request`;
  const error = taskError('request', { field: 'body' }, { code: 'UPLOAD_APPEND_LIMIT', message });
  return { type: 'stopped', verdict: 'ask', error, limits };
}

function mayRepeat({ method }: UploadJob, { error }: Stopped): boolean {
  return IDEMPOTENT.test(method) || (error.kind === 'network' && !error.sent);
}

function creation(
  job: UploadJob,
  complete: '?0' | '?1',
  fields: Readonly<Record<string, string>>,
): { readonly method: string; readonly url: string; readonly headers: HeaderFields } {
  const { method, url, headers, size, fileName, contentType } = job;
  return {
    method,
    url,
    headers: headers.merge({
      ...VERSION,
      'Upload-Complete': complete,
      'Upload-Length': size === undefined ? undefined : String(size),
      ...(fileName === undefined ? {} : { 'Content-Disposition': dispositionField(fileName) }),
      ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
      ...fields,
    }),
  };
}

function whenGiven(
  part: Awaitable<SourcePart>,
  go: (part: SourcePart) => Observable<ProtocolEvent>,
): Observable<ProtocolEvent> {
  return 'then' in part ? from(part).pipe(switchMap(go)) : go(part);
}
