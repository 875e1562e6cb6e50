import { createHash, createHmac } from 'node:crypto';
import type { SeenRequest } from '../support/loopback.js';

/** What a verifier knows of a signer. */
export interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const sha256 = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer =>
  createHmac('sha256', key).update(data).digest();
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Why a request is refused, or nothing: written down from the specification, with nothing of the library that signs. */
export function refusal(
  seen: Pick<SeenRequest, 'method' | 'url' | 'headers'>,
  body: Uint8Array,
  signer: Signer,
  nowMs: number,
): string | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const parts = pattern.exec(seen.headers.authorization ?? '');
  if (parts === null) return 'not signed';
  const [, key, day = '', region = '', service = '', signedNames = '', signature] = parts;
  if (key !== signer.accessKeyId) return 'unknown key';
  const date = String(seen.headers['x-amz-date']);
  const [, year, month, dayOfMonth, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const atMs = Date.parse(`${year}-${month}-${dayOfMonth}T${hour}:${minute}:${second}Z`);
  if (!(Math.abs(atMs - nowMs) <= 300_000)) return `clock skew: ${date}`;
  const names = signedNames.split(';');
  if (!names.includes('host')) return 'host is not signed';
  const url = new URL(seen.url, 'http://host');
  const query = [
    ...url.search
      .slice(1)
      .split('&')
      .filter((pair) => pair !== ''),
  ]
    .map((pair) => pair.split('=').map((part) => escaped(decodeURIComponent(part))))
    .map(([name = '', value = '']) => `${name}=${value}`)
    .sort()
    .join('&');
  const canonical = [
    seen.method,
    url.pathname.split('/').map(escaped).join('/'),
    query,
    ...names.map((name) => `${name}:${String(seen.headers[name]).trim().replace(/\s+/g, ' ')}`),
    '',
    signedNames,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const derived = [region, service, 'aws4_request'].reduce<Buffer>(
    hmac,
    hmac(`AWS4${signer.secretAccessKey}`, day),
  );
  return hmac(derived, toSign).toString('hex') === signature
    ? undefined
    : `wrong signature of\n${canonical}`;
}
