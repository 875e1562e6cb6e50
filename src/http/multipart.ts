const encoder = new TextEncoder();

/** What stands in front of a part. */
export interface PartHead {
  readonly name: string;
  readonly filename?: string | undefined;
  /** One line; who makes it has seen to that. */
  readonly contentType?: string | undefined;
}

/** 128 random bits: a part cannot guess it and end itself. */
export function randomBoundary(): string {
  const bits = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return `----coldwire${Array.from(bits, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** The type of a whole body. */
export function multipartType(boundary: string): string {
  return `multipart/form-data; boundary=${boundary}`;
}

/**
 * What stands in front of a part (WHATWG HTML, multipart/form-data encoding algorithm): names and file names are
 * escaped, so that none can write header lines of its own.
 */
export function partHead(boundary: string, { name, filename, contentType }: PartHead): Uint8Array {
  const file = filename === undefined ? '' : `; filename="${escaped(filename)}"`;
  const type = contentType === undefined ? '' : `\r\nContent-Type: ${contentType}`;
  return encoder.encode(
    `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(crlf(name))}"${file}${type}\r\n\r\n`,
  );
}

/** What stands behind each part. */
export const PART_END: Uint8Array = encoder.encode('\r\n');

/** What stands behind the last part. */
export function multipartEnd(boundary: string): Uint8Array {
  return encoder.encode(`--${boundary}--\r\n`);
}

/** The text of a field, its lines ended by CRLF. */
export function fieldText(text: string): Uint8Array {
  return encoder.encode(crlf(text));
}

/** The media type of a file's part. */
export function fileType({ type }: Blob): string {
  return /^[\x20-\x7e]+$/.test(type) ? type : 'application/octet-stream';
}

function escaped(name: string): string {
  return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');
}

function crlf(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n');
}
