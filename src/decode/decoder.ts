import { decodeError } from './decode-error.js';
import type { TaskResponse } from '../http/response.js';
import { schemaValue } from './schema-value.js';
import type { StandardSchema } from './standard-schema.js';

/**
 * Makes a value of a whole response: what `decode:` takes beside a schema. Throwing becomes a `decode` error.
 *
 * @example
 * const asCsv: Decoder<string[][]> = (response) => asText(response).split('\n').map((line) => line.split(','));
 */
export type Decoder<T> = (response: TaskResponse<Uint8Array>) => T | Promise<T>;

/** The body as JSON; `null` for an empty one. Malformed JSON is a `decode` error that carries the response. */
export function asJson(response: TaskResponse<Uint8Array>): unknown {
  if (response.body.byteLength === 0) return null;
  const text = asText(response);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw decodeError(response, 'DECODE_JSON', 'the body is not JSON', cause);
  }
}

/** The body as text, in the charset that its `Content-Type` names, UTF-8 otherwise. A byte order mark is taken off. */
export function asText(response: TaskResponse<Uint8Array>): string {
  const type = response.headers.get('content-type') ?? '';
  const charset = type.includes(';') ? /;\s*charset="?([^";\s]+)/i.exec(type)?.[1] : undefined;
  return decoderFor(charset, response).decode(response.body);
}

/** The body as it came, content codings undone. */
export function asBytes(response: TaskResponse<Uint8Array>): Uint8Array {
  return response.body;
}

/** The body as a `Blob` with the response's media type. */
export function asBlob(response: TaskResponse<Uint8Array>): Blob {
  return new Blob([response.body as Uint8Array<ArrayBuffer>], {
    type: response.headers.get('content-type') ?? '',
  });
}

/** A decoder that reads JSON and has a schema check it. */
export function asSchema<T>(schema: StandardSchema<T>): Decoder<T> {
  return (response) => {
    const result = schema['~standard'].validate(asJson(response));
    return 'then' in result
      ? result.then((late) => schemaValue(late, response))
      : schemaValue(result, response);
  };
}

const UTF8 = new TextDecoder();

function decoderFor(charset: string | undefined, response: TaskResponse<Uint8Array>): TextDecoder {
  if (charset === undefined || /^utf-?8$/i.test(charset)) return UTF8;
  try {
    return new TextDecoder(charset);
  } catch (cause) {
    throw decodeError(
      response,
      'DECODE_CHARSET',
      `no decoder for the charset ${JSON.stringify(charset.slice(0, 40))}`,
      cause,
    );
  }
}
