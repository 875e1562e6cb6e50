import { invalid } from './invalid-input.js';
import { jsonText } from './json-text.js';
import { type Checks, readOptions } from './option-checks.js';
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

/** What of a body its kind has of its own. */
type Content<B = RequestBody> = B extends unknown
  ? Omit<B, 'contentType' | 'replayable' | 'value'>
  : never;

/** A media type becomes a header field: with a line end in it, it would become two (RFC 9110 section 5.5). */
const FIELD_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Brands what {@link encodeBody} made, so that it is not encoded twice. */
const encoded = new WeakSet();

const BYTES = 'application/octet-stream';

const RECIPE_CHECKS: Checks<{ length?: number; contentType?: string }> = {
  length: (field, length: number) => {
    if (!(Number.isSafeInteger(length) && length >= 0))
      throw invalid(field, 'a whole number of bytes', length, 'INVALID_BODY');
    return length;
  },
  contentType: checkMediaType,
};

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
  const { length, contentType } = readOptions('body', given, RECIPE_CHECKS);
  if (typeof open !== 'function')
    throw invalid('body', 'a recipe is a function', open, 'INVALID_BODY');
  return recipe(open, length, contentType);
}

function recipe(open: BodyRecipe, length?: number, contentType = BYTES): RequestBody {
  return sent(open, contentType, { kind: 'recipe', open: () => unspent(open()), length });
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
    return sent(input, 'text/plain;charset=UTF-8', { kind: 'text', text: input });
  if (typeof input === 'function') return recipe(input as BodyRecipe);
  if (typeof input === 'object' && input !== null) {
    if (encoded.has(input)) return input as RequestBody;
    const special = encodeObject(input);
    if (special !== undefined) return special;
  }
  return sent(input, 'application/json', { kind: 'text', text: jsonText(input) });
}

function encodeObject(input: object): RequestBody | undefined {
  if (input instanceof Uint8Array) return bytesBody(input, input);
  if (ArrayBuffer.isView(input))
    return bytesBody(new Uint8Array(input.buffer, input.byteOffset, input.byteLength), input);
  // Realms differ (a test environment, a frame), so the platform's classes are told by their tag.
  switch (Object.prototype.toString.call(input).slice(8, -1)) {
    case 'ArrayBuffer':
      return bytesBody(new Uint8Array(input as ArrayBuffer), input);
    case 'Blob':
    case 'File':
      return sent(input, (input as Blob).type || BYTES, { kind: 'blob', blob: input as Blob });
    case 'URLSearchParams':
      return sent(input, 'application/x-www-form-urlencoded;charset=UTF-8', {
        kind: 'text',
        text: (input as URLSearchParams).toString(),
      });
    case 'FormData':
      return sent(input, undefined, { kind: 'form', form: input as FormData });
  }
  const { getReader, subscribe } = input as {
    readonly getReader?: unknown;
    readonly subscribe?: unknown;
  };
  // By what can be called: parsed JSON may have any name, but no function.
  return Symbol.asyncIterator in input ||
    typeof getReader === 'function' ||
    typeof subscribe === 'function'
    ? oneShot(input as ByteSource)
    : undefined;
}

/** A stream can be opened once; the second time is a typed error, never an empty body (L6). */
function oneShot(source: ByteSource): RequestBody {
  const about = {
    length: undefined,
    contentType: BYTES,
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

function bytesBody(bytes: Uint8Array, value: unknown): RequestBody {
  return sent(value, BYTES, { kind: 'bytes', bytes });
}

/** A body that can be sent again. */
function sent(value: unknown, contentType: string | undefined, content: Content): RequestBody {
  return keep({ ...content, contentType, replayable: true, value });
}

function keep(body: RequestBody): RequestBody {
  if (body.contentType !== undefined) checkMediaType('body.contentType', body.contentType);
  encoded.add(body);
  return body;
}

function checkMediaType(field: string, type: string): string {
  if (typeof type !== 'string' || !FIELD_VALUE.test(type))
    throw invalid(field, 'a media type without control characters', undefined, 'INVALID_BODY');
  return type;
}
