import type { RequestBody } from '../http/body.js';
import { checkFlag, readOptions } from '../http/option-checks.js';
import {
  REDACTED,
  SECRET_FIELDS,
  isSecretName,
  redactUrl,
  scrub,
  secretsOf,
} from '../http/redact.js';
import type { TaskRequest } from '../http/request.js';
import { checkingInput } from '../errors/from-input.js';

/** What a cURL rendering may show. */
export interface ToCurlOptions {
  /** Whether credentials are written as they are. Default `false`: they are masked. */
  readonly showsSecrets?: boolean;
}

/**
 * The request as a command line for `curl` in a POSIX shell, every word of it quoted.
 *
 * Header fields, query parameters and fields of JSON and form bodies whose names tell of a credential are masked; text
 * without such a structure, bytes and streams stand as a note of their size. None of it changes or opens the body.
 *
 * @example
 * logLine(toCurl(client.post('/users', { name: 'Ada' }).request));
 * // curl -X POST 'https://api.example.com/users' -H 'content-type: application/json' --data-raw '{"name":"Ada"}'
 */
export function toCurl(request: TaskRequest, options: ToCurlOptions = {}): string {
  const { showsSecrets: shows = false } = checkingInput(() =>
    readOptions('', options, { showsSecrets: checkFlag }),
  );
  const { method, url, headers, body } = request;
  const secretFields = request.context.get(SECRET_FIELDS);
  const secrets = shows ? [] : secretsOf(headers, url, secretFields);
  const target = shows ? url : scrub(redactUrl(url), secrets);
  const shown = (name: string, value: string): string => {
    if (shows) return value;
    return isSecretName(name) || secretFields.includes(name) ? REDACTED : scrub(value, secrets);
  };
  const words = [
    'curl',
    ...methodWords(method, body),
    ...(/[[\]{}]/.test(target) ? ['--globoff'] : []),
    quoted(target),
  ];
  for (const [name, value] of headers) words.push('-H', quoted(field(name, shown(name, value))));
  if (body !== undefined) {
    if (body.contentType !== undefined && !headers.has('content-type'))
      words.push('-H', quoted(field('content-type', body.contentType)));
    for (const [flag, text] of bodyParts(
      body,
      headers.get('content-type') ?? body.contentType ?? '',
      shows ? undefined : secrets,
    ))
      words.push(flag, quoted(text));
  }
  return words.join(' ');
}

/** curl chooses GET, and POST with a body, by itself. */
function methodWords(method: string, body: RequestBody | undefined): readonly string[] {
  if (method === 'HEAD') return ['--head'];
  return method === 'GET' && body === undefined
    ? []
    : ['-X', /^[A-Z]+$/.test(method) ? method : quoted(method)];
}

/** Without a value curl wants a semicolon: a colon would take the field away. */
function field(name: string, value: string): string {
  return value === '' ? `${name};` : `${name}: ${value}`;
}

type Part = readonly [flag: string, text: string];

/** Without `secrets`, nothing is masked. */
function bodyParts(
  body: RequestBody,
  contentType: string,
  secrets: readonly string[] | undefined,
): readonly Part[] {
  switch (body.kind) {
    case 'text':
      return [
        [
          '--data-raw',
          secrets === undefined ? body.text : maskedText(body.text, contentType, secrets),
        ],
      ];
    case 'bytes':
      return [['--data-binary', `[${String(body.bytes.byteLength)} bytes]`]];
    case 'blob':
      return [['--data-binary', `[${String(body.blob.size)} bytes]`]];
    case 'recipe':
      return [
        [
          '--data-binary',
          body.length === undefined ? '[a stream]' : `[a stream of ${String(body.length)} bytes]`,
        ],
      ];
    case 'form':
      return [...body.form].map(([name, value]): Part => {
        const text =
          typeof value === 'string' ? value : `[${String(value.size)} bytes of ${value.name}]`;
        return [
          '--form-string',
          `${name}=${secrets === undefined ? text : masked(name, text, secrets)}`,
        ];
      });
  }
}

function masked(name: string, value: string, secrets: readonly string[]): string {
  return isSecretName(name) ? REDACTED : scrub(value, secrets);
}

function maskedText(text: string, contentType: string, secrets: readonly string[]): string {
  if (/^application\/x-www-form-urlencoded/i.test(contentType)) {
    const fields = [...new URLSearchParams(text)].map(([name, value]) => [
      name,
      masked(name, value, secrets),
    ]);
    return new URLSearchParams(fields)
      .toString()
      .replaceAll(encodeURIComponent(REDACTED), REDACTED);
  }
  if (!/^application\/([\w.+-]*\+)?json/i.test(contentType))
    return `[${String(text.length)} characters]`;
  const mask = (key: string, value: unknown): unknown => {
    if (isSecretName(key) && value !== null) return REDACTED;
    return typeof value === 'string' ? scrub(value, secrets) : value;
  };
  try {
    const clean = JSON.stringify(JSON.parse(text, mask));
    // As it was written, unless there was something to mask.
    return clean === JSON.stringify(JSON.parse(text)) ? text : clean;
  } catch {
    return `[${String(text.length)} characters]`;
  }
}

/** One word for a POSIX shell: within single quotes nothing is special but the single quote. */
function quoted(word: string): string {
  return `'${word.replaceAll('\0', '').replaceAll("'", String.raw`'\''`)}'`;
}
