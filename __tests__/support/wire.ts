import { STATUS_CODES } from 'node:http';

export const reasonPhrase = (status: number): string => STATUS_CODES[status] ?? 'Unknown';

/** The bytes of a correct response with a length, to be cut, reset or spoiled at any position. */
export function responseBytes(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): Buffer {
  const bytes = Buffer.from(body as string);
  const lines = Object.entries({ 'content-length': String(bytes.length), ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${lines.join('')}\r\n`, 'latin1'),
    bytes,
  ]);
}

/** The bytes of a correct chunked response with one chunk for each part. */
export function chunkedResponseBytes(
  status: number,
  headers: Readonly<Record<string, string>>,
  parts: ReadonlyArray<string | Uint8Array>,
): Buffer {
  const lines = Object.entries({ 'transfer-encoding': 'chunked', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const chunks = parts.map((part) => {
    const bytes = Buffer.from(part as string);
    return Buffer.concat([
      Buffer.from(`${bytes.length.toString(16)}\r\n`),
      bytes,
      Buffer.from('\r\n'),
    ]);
  });
  const head = Buffer.from(
    `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${lines.join('')}\r\n`,
    'latin1',
  );
  return Buffer.concat([head, ...chunks, Buffer.from('0\r\n\r\n')]);
}
