import type { ActName } from './acts.js';
import { mebibyte } from './scripts.js';

const complete = (...values: unknown[]): unknown => ({ values, ending: 'complete' });
const fails = (ending: unknown): unknown => ({ values: [], ending });
const echoed = (method: string, type: string | null, body: string): unknown => ({
  method,
  type,
  body,
});

const truncated = { kind: 'network', code: 'BODY_TRUNCATED', sent: true };
const reset = { kind: 'network', code: 'CONNECTION_RESET', sent: true };
const notFound = fails({ kind: 'status', status: 404, body: 'no such thing' });
const aborted = { kind: 'aborted', code: 'ABORTED' };
const next = complete('next');

/** What each act comes to, on every publisher. The name of an act is the promise beside it. */
export const expected: Readonly<
  Record<ActName, { readonly promise: string; readonly result: unknown }>
> = {
  json: {
    promise: 'gives the decoded body once, then completes (B3, B9)',
    result: complete({ id: 1 }),
  },
  events: {
    promise: 'tells sent, head and chunks in this order (B11)',
    result: {
      types: ['sent', 'head', 'chunk', 'download'],
      ending: 'complete',
      status: 200,
      type: 'application/json',
    },
  },
  empty: { promise: 'has no body in a 204', result: complete(null) },
  head: {
    promise: 'has no body in an answer to HEAD, whatever its length says',
    result: complete({ status: 200, length: '5', body: '' }),
  },
  notFound: { promise: 'makes a status error of a 404, with its body', result: notFound },
  notFoundAsBytes: {
    promise: 'makes a status error of a 404 on a stream, with its body (B12)',
    result: notFound,
  },
  malformedJson: {
    promise: 'makes a decode error of malformed JSON, with the response',
    result: fails({ kind: 'decode', status: 200 }),
  },
  cut: { promise: 'makes a network error of a cut body (G8)', result: fails(truncated) },
  cutChunks: {
    promise: 'makes a network error of a cut chunked body (G8)',
    result: fails(truncated),
  },
  cutBeforeHead: {
    promise: 'makes a network error of a connection closed before the head',
    result: fails(reset),
  },
  resetBeforeHead: {
    promise: 'makes a network error of a connection reset before the head',
    result: fails(reset),
  },
  refused: {
    promise: 'makes a network error of a refused connection (F6)',
    result: fails({ kind: 'network', code: 'CONNECTION_REFUSED', sent: false }),
  },
  leaveBeforeHead: {
    promise: 'closes at the server when left before the head, and is silent (C2)',
    result: { heard: [], late: [] },
  },
  leaveInBody: {
    promise: 'closes at the server when left in the body, and is silent (B8)',
    result: { late: [] },
  },
  leaveBufferedBody: {
    promise: 'closes at the server when left in a body that is collected, and is silent',
    result: { heard: [], late: [] },
  },
  firstOfTwoLeaves: {
    promise: 'ends only the exchange of the subscriber that leaves (C7)',
    result: { first: [], late: [], second: complete('second') },
  },
  leaveInTheSameTick: {
    promise: 'sends nothing when left in the same tick',
    result: { heard: [], late: [], next },
  },
  abortedBefore: {
    promise: 'sends nothing when its signal was aborted before (C9)',
    result: { before: fails(aborted), next },
  },
  abortedInFlight: {
    promise: 'closes at the server when its signal aborts, with an aborted error (C11)',
    result: fails(aborted),
  },
  promiseAborts: {
    promise: 'closes at the server when the signal of a promise aborts (C8)',
    result: 'aborted',
  },
  breakCloses: {
    promise: 'closes at the server when a for await loop breaks (C8)',
    result: 'half ',
  },
  streamed: {
    promise: 'gives a chunk before the server has sent the next (B4)',
    result: { parts: ['part 1', 'part 2', 'part 3'], ending: 'complete' },
  },
  wholeBodies: {
    promise: 'sends each kind of body byte for byte with its type (A7, A25)',
    result: complete({
      text: echoed('POST', 'text/plain;charset=UTF-8', Buffer.from('grüße').toString('latin1')),
      json: echoed('POST', 'application/json', '{"name":"Ada"}'),
      bytes: echoed('POST', 'application/octet-stream', '\u0001\u0002\u00ff'),
      blob: echoed('POST', 'text/x-blob', 'in a blob'),
      params: echoed('POST', 'application/x-www-form-urlencoded;charset=UTF-8', 'q=a+b%26c'),
      named: echoed('POST', 'text/x-mine', 'kept'),
      none: echoed('POST', null, ''),
      put: echoed('PUT', 'text/plain;charset=UTF-8', 'put'),
      patch: echoed('PATCH', 'text/plain;charset=UTF-8', 'patch'),
      deleted: echoed('DELETE', 'text/plain;charset=UTF-8', 'deleted'),
    }),
  },
  form: { promise: 'sends a form as multipart, names escaped (A25)', result: 'checked apart' },
  recipe: {
    promise: 'sends what a recipe yields (A5)',
    result: complete(echoed('POST', 'application/octet-stream', 'one two three')),
  },
  observableBody: {
    promise: 'sends what an Observable emits',
    result: complete(echoed('POST', 'application/octet-stream', '012')),
  },
  redirect: {
    promise: 'follows a redirect and tells the URL that answered',
    result: complete({ path: '/second', body: 'there' }),
  },
  informational: { promise: 'passes informational answers by', result: complete('hinted') },
  undelimited: {
    promise: 'takes a body that ends with its connection',
    result: complete('to the end'),
  },
  mebibyte: {
    promise: 'gives a large body byte for byte',
    result: [[mebibyte.length, mebibyte.reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7)]],
  },
  compressed: { promise: 'undoes a content coding', result: complete({ id: 'unpacked' }) },
  uploadProgress: {
    promise: 'tells how an upload goes on, up to its total',
    result: { rises: true, last: { type: 'upload', loaded: 300_000, total: 300_000 } },
  },
  downloadProgress: {
    promise: 'tells how a download goes on, up to its total',
    result: {
      rises: true,
      last: { type: 'download', loaded: mebibyte.length, total: mebibyte.length },
    },
  },
  many: { promise: 'never delivers one answer to another’s subscriber (G1)', result: [true] },
  retried: {
    promise: 'tells each attempt of a retried task in-band',
    result: {
      types: ['sent', 'retrying', 'sent', 'retrying', 'sent', 'head', 'chunk'],
      sent: [1, 2, 3],
      ending: 'complete',
    },
  },
  headers: {
    promise: 'sends the header fields that it was given',
    result: complete({ mine: 'yes', list: 'a, b', accept: 'application/json, text/plain, */*' }),
  },
  failingRecipe: {
    promise: 'sends nothing when a recipe throws (A11)',
    result: { course: fails({ kind: 'request', code: 'BODY_SOURCE_FAILED' }), next },
  },
  observableOnce: {
    promise: 'opens a recipe once per exchange, after subscribing (A18)',
    result: { before: 0, opened: 1 },
  },
};
