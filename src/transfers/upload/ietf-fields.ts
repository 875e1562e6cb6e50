import { parseDictionary, parseItem } from 'structured-headers';
import type { TaskErrorOf } from '../../errors/task-error.js';
import type { HeaderFields } from '../../http/header-fields.js';
import type { UploadLimits } from './resumable-protocol.js';

/** An Item that is a whole number of 0 or more (RFC 9651); anything else is as if it were not there. */
export function integerField(headers: HeaderFields, name: string): number | undefined {
  const value = itemOf(headers, name);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** An Item that is a Boolean; anything else is as if it were not there. */
export function booleanField(headers: HeaderFields, name: string): boolean | undefined {
  const value = itemOf(headers, name);
  return typeof value === 'boolean' ? value : undefined;
}

function itemOf(headers: HeaderFields, name: string): unknown {
  const text = headers.get(name);
  if (text === undefined) return undefined;
  try {
    return parseItem(text)[0];
  } catch {
    return undefined;
  }
}

const LIMITS = ['max-size', 'min-size', 'max-append-size', 'min-append-size', 'max-age'] as const;

/** `Upload-Limit`: a Dictionary; members of other names are ignored, one of another type spoils the whole field. */
export function limitsField(
  headers: HeaderFields,
): { readonly limits: UploadLimits; readonly maxAgeSeconds: number | undefined } | undefined {
  const text = headers.get('upload-limit');
  if (text === undefined) return undefined;
  const values: Partial<Record<(typeof LIMITS)[number], number>> = {};
  try {
    const members = parseDictionary(text);
    for (const name of LIMITS) {
      const member = members.get(name);
      if (member === undefined) continue;
      const [value] = member;
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
      values[name] = value;
    }
  } catch {
    return undefined;
  }
  return {
    limits: {
      maxBytes: values['max-size'],
      minBytes: values['min-size'],
      maxAppendBytes: values['max-append-size'],
      minAppendBytes: values['min-append-size'],
    },
    maxAgeSeconds: values['max-age'],
  };
}

/** The problem type of an answer (RFC 9457), without the registry's address; `undefined` for none of it. */
export function problemOf(error: TaskErrorOf<'status'>): string | undefined {
  const { headers, body } = error.response;
  if (!/^application\/problem\+json\s*(;|$)/i.test(headers.get('content-type') ?? ''))
    return undefined;
  try {
    const { type } = JSON.parse(new TextDecoder().decode(body)) as { readonly type?: unknown };
    return typeof type === 'string'
      ? /^https:\/\/iana\.org\/assignments\/http-problem-types#(.+)$/.exec(type)?.[1]
      : undefined;
  } catch {
    return undefined;
  }
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** `Content-Disposition` that tells a file's name (RFC 6266): in ASCII for old readers, in UTF-8 for the others. */
export function dispositionField(fileName: string): string {
  const plain = fileName.replace(/[^\u0020-\u007e]/g, '_').replace(/["\\]/g, '\\$&');
  const exact = encodeURIComponent(fileName.replace(LONE_SURROGATE, '\uFFFD')).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `inline; filename="${plain}"; filename*=UTF-8''${exact}`;
}
