import { invalid } from './invalid-input.js';
import { jsonText } from './json-text.js';
import { ownOptions } from './option-checks.js';
import type { BodyRecipe, ByteSource } from './byte-source.js';
import { unspent } from './spent-source.js';

export type { BodyRecipe, ByteSource, ObservableBytes } from './byte-source.js';

/** Anything that JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/**
 * What `post`, `put` and `patch` take.
 *
 * A string goes as `text/plain`, bytes as `application/octet-stream`, a `Blob` with its type, `URLSearchParams` as a
 * form, `FormData` as multipart, a function as a recipe that is opened once per attempt, a stream as a body that can
 * be sent only once; every other value as JSON.
 */
export type BodyInput =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | URLSearchParams
  | FormData
  | BodyRecipe
  | ByteSource
  | RequestBody
  | object
  | number
  | boolean
  | null;

/**
 * A body, encoded. `replayable` says whether it can be sent again: a value or a recipe can, a stream cannot.
 */
export type RequestBody = (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'blob'; readonly blob: Blob }
  | { readonly kind: 'form'; readonly form: FormData }
  | {
      readonly kind: 'recipe';
      readonly open: BodyRecipe;
      /** Bytes, when known. */ readonly length: number | undefined;
    }
) & {
  /** The `Content-Type` that goes along unless the headers name one; `undefined` for a form: the boundary decides. */
  readonly contentType: string | undefined;
  readonly replayable: boolean;
  /** What the caller gave: for tests and logs. */
  readonly value: unknown;
};

/** A media type becomes a header field: with a line end in it, it would become two (RFC 9110 section 5.5). */
const FIELD_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Brands what {@link encodeBody} made, so that it is not encoded twice. */
const encoded = new WeakSet();

/**
 * A body that is opened once per attempt, with its length in bytes and its media type when they are known.
 *
 * @example
 * client.put('/film', recipeBody(() => openFile(), { length: 7_340_032, contentType: 'video/mp4' }));
 */
export function recipeBody(
  open: BodyRecipe,
  given: { readonly length?: number; readonly contentType?: string } = {},
): RequestBody {
  const { length, contentType = 'application/octet-stream' } = ownOptions(given);
  if (typeof open !== 'function')
    throw invalid('body', 'a recipe is a function', open, 'INVALID_BODY');
  if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0)) {
    throw invalid('body.length', 'a whole number of bytes', length, 'INVALID_BODY');
  }
  return keep({
    kind: 'recipe',
    open: () => unspent(open()),
    length,
    contentType,
    replayable: true,
    value: open,
  });
}

/** What is known of a body that is made of others. */
export interface ComposedBody {
  readonly length: number | undefined;
  readonly contentType: string;
  /** Whether all that it is made of can be sent again; if not, it is opened once. */
  readonly replayable: boolean;
  readonly value: unknown;
}

/** A body that is made of others. */
export function composedBody(open: BodyRecipe, about: ComposedBody): RequestBody {
  let opened = false;
  const openOnce: BodyRecipe = () => {
    if (opened) throw spentBody();
    opened = true;
    return open();
  };
  return keep({ kind: 'recipe', open: about.replayable ? open : openOnce, ...about });
}

/** Encodes what a caller gave as a body. @throws TaskError `request` for what cannot be sent */
export function encodeBody(input: unknown): RequestBody | undefined {
  if (input === undefined) return undefined;
  if (typeof input === 'string')
    return keep({
      kind: 'text',
      text: input,
      contentType: 'text/plain;charset=UTF-8',
      replayable: true,
      value: input,
    });
  if (typeof input === 'function') return recipeBody(input as BodyRecipe);
  if (typeof input === 'object' && input !== null) {
    if (encoded.has(input)) return input as RequestBody;
    const special = encodeObject(input);
    if (special !== undefined) return special;
  }
  return encodeJson(input);
}

function encodeObject(input: object): RequestBody | undefined {
  if (input instanceof Uint8Array) return bytesBody(input, input);
  if (ArrayBuffer.isView(input))
    return bytesBody(new Uint8Array(input.buffer, input.byteOffset, input.byteLength), input);
  if (input instanceof ArrayBuffer || tag(input) === 'ArrayBuffer')
    return bytesBody(new Uint8Array(input as ArrayBuffer), input);
  if (tag(input) === 'Blob' || tag(input) === 'File') {
    const blob = input as Blob;
    return keep({
      kind: 'blob',
      blob,
      contentType: blob.type || 'application/octet-stream',
      replayable: true,
      value: input,
    });
  }
  if (tag(input) === 'URLSearchParams') {
    const text = (input as URLSearchParams).toString();
    return keep({
      kind: 'text',
      text,
      contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
      replayable: true,
      value: input,
    });
  }
  if (tag(input) === 'FormData')
    return keep({
      kind: 'form',
      form: input as FormData,
      contentType: undefined,
      replayable: true,
      value: input,
    });
  const { getReader, subscribe } = input as {
    readonly getReader?: unknown;
    readonly subscribe?: unknown;
  };
  // By what can be called: parsed JSON may have any name, but no function.
  if (
    Symbol.asyncIterator in input ||
    typeof getReader === 'function' ||
    typeof subscribe === 'function'
  ) {
    return oneShot(input as ByteSource);
  }
  return undefined;
}

/** A stream can be opened once; the second time is a typed error, never an empty body (L6). */
function oneShot(source: ByteSource): RequestBody {
  const about = {
    length: undefined,
    contentType: 'application/octet-stream',
    replayable: false,
    value: source,
  };
  return composedBody(() => unspent(source), about);
}

function spentBody(): Error {
  return invalid(
    'body',
    'a stream can be sent only once: give a recipe, () => stream',
    undefined,
    'BODY_NOT_REPLAYABLE',
  );
}

function encodeJson(input: unknown): RequestBody {
  return keep({
    kind: 'text',
    text: jsonText(input),
    contentType: 'application/json',
    replayable: true,
    value: input,
  });
}

function bytesBody(bytes: Uint8Array, value: unknown): RequestBody {
  return keep({
    kind: 'bytes',
    bytes,
    contentType: 'application/octet-stream',
    replayable: true,
    value,
  });
}

/** Realms differ (a test environment, a frame), so the platform's classes are told by their tag. */
function tag(input: object): string {
  return Object.prototype.toString.call(input).slice(8, -1);
}

function keep(body: RequestBody): RequestBody {
  if (body.contentType !== undefined && !FIELD_VALUE.test(body.contentType)) {
    throw invalid(
      'body.contentType',
      'a media type without control characters',
      undefined,
      'INVALID_BODY',
    );
  }
  encoded.add(body);
  return body;
}
