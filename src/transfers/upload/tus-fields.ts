import { invalid } from '../../http/invalid-input.js';
import type { HeaderFields } from '../../http/header-fields.js';

const WHOLE = /^\d{1,16}$/;
const KEY = /^[\u0021-\u002b\u002d-\u007e]+$/;

/** A field that counts bytes; `undefined` when it is absent or no such number. */
export function bytesField(headers: HeaderFields, name: string): number | undefined {
  const text = headers.get(name)?.trim() ?? '';
  const bytes = Number(text);
  return WHOLE.test(text) && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `Upload-Metadata`: keys, each with its value in base64. @throws InvalidInput for a key that cannot be written */
export function metadataField(metadata: Readonly<Record<string, string>>): string | undefined {
  const pairs = Object.entries(metadata).map(([key, value]) => {
    if (!KEY.test(key)) throw invalid('metadata', 'keys of ASCII without spaces and commas', key);
    return value === '' ? key : `${key} ${base64(new TextEncoder().encode(value))}`;
  });
  return pairs.length === 0 ? undefined : pairs.join(',');
}

/** Bytes in base64. */
export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
