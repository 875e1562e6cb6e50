import { type Observable, from, switchMap } from 'rxjs';
import type { TaskErrorOf } from '../../errors/task-error.js';
import type { RequestBody } from '../../http/body.js';
import type { TaskResponse } from '../../http/response.js';
import type { InterimResponse } from '../../task/interim-watch.js';
import { booleanField, integerField, limitsField, problemOf } from './ietf-fields.js';
import { digestOf, partBytes } from './part-digest.js';
import { type StoppedMeaning, located } from './protocol-step.js';
import type {
  ProtocolEvent,
  UploadJob,
  UploadLimits,
  UploadStanding,
} from './resumable-protocol.js';
import { base64 } from './tus-fields.js';
import type { SourcePart } from './upload-source.js';

/** Which draft is spoken: goes with every request, and comes with every 104. */
export const VERSION = { 'Upload-Draft-Interop-Version': '8' } as const;

/** What a 104 of our version says; every other interim response is not for us. */
export function interimEvents(job: UploadJob, interim: InterimResponse): readonly ProtocolEvent[] {
  const { status, headers } = interim;
  if (status !== 104 || headers.get('upload-draft-interop-version')?.trim() !== '8') return [];
  const url = located(headers.get('location'), job.url);
  const offset = integerField(headers, 'upload-offset');
  return [
    ...(url === undefined ? [] : [{ type: 'located', url, ...limitsAt(job, interim) } as const]),
    ...(offset === undefined ? [] : [{ type: 'stored', offset } as const]),
  ];
}

/** What a refused request with content means (draft, sections 4.2 and 4.4). */
export function refusal(error: TaskErrorOf<'status'>): StoppedMeaning | undefined {
  const { status, response } = error;
  const problem = problemOf(error);
  if (problem === 'completed-upload') return { verdict: 'completed' };
  // Everything arrived, and what the upload was for went wrong: sending again would not help.
  if (booleanField(response.headers, 'upload-complete') === true) return { verdict: 'failed' };
  if (status === 409 || problem === 'inconsistent-upload-length') return { verdict: 'ask' };
  if (status === 404 || status === 410) return { verdict: 'gone' };
  const limits = limitsField(response.headers)?.limits;
  return status === 413 && limits?.maxAppendBytes !== undefined
    ? { verdict: 'ask', limits }
    : undefined;
}

/** How the upload stands by an answer, with the limits that it names. */
export function ietfStanding(
  job: UploadJob,
  response: TaskResponse<Uint8Array>,
  how: Omit<UploadStanding, 'response'>,
): ProtocolEvent {
  const { limits, expiresAtMs } = limitsAt(job, response);
  return { type: 'standing', standing: { ...how, limits, expiresAtMs, response } };
}

/** The limits that header fields name, and until when the upload lives. */
export function limitsAt(
  job: UploadJob,
  { headers }: Pick<TaskResponse<unknown>, 'headers'>,
): { readonly limits: UploadLimits | undefined; readonly expiresAtMs: number | undefined } {
  const found = limitsField(headers);
  const seconds = found?.maxAgeSeconds;
  return {
    limits: found?.limits,
    expiresAtMs: seconds === undefined ? undefined : job.now() + seconds * 1000,
  };
}

/** With a `Content-Digest`, where one is wanted: the bytes that were hashed are the bytes that go. */
export function withDigest(
  part: SourcePart,
  wanted: boolean,
  send: (
    body: RequestBody | Uint8Array,
    fields: Readonly<Record<string, string>>,
  ) => Observable<ProtocolEvent>,
): Observable<ProtocolEvent> {
  if (!wanted || part.byteLength === undefined) return send(part.body, {});
  const hashed = async (): Promise<readonly [Uint8Array, string]> => {
    const bytes = await partBytes(part.body);
    return [bytes, base64(await digestOf(bytes, 'sha-256'))];
  };
  return from(hashed()).pipe(
    switchMap(([bytes, digest]) => send(bytes, { 'Content-Digest': `sha-256=:${digest}:` })),
  );
}
