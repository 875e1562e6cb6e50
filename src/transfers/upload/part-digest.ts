import type { RequestBody } from '../../http/body.js';
import { joinBytes } from '../../task/join-bytes.js';
import { pulled } from '../../task/pulled-bytes.js';

/** Digests that every platform computes. */
export type DigestName = 'sha-1' | 'sha-256' | 'sha-512';

/** The bytes of a part, in memory. */
export async function partBytes(body: RequestBody): Promise<Uint8Array> {
  if (body.kind === 'bytes') return body.bytes;
  if (body.kind === 'blob') return new Uint8Array(await body.blob.arrayBuffer());
  if (body.kind !== 'recipe')
    return new TextEncoder().encode(body.kind === 'text' ? body.text : '');
  const source = pulled(body.open());
  const chunks: Uint8Array[] = [];
  try {
    for (;;) {
      const bytes = await source.pull();
      if (bytes === undefined) return joinBytes(chunks);
      chunks.push(bytes);
    }
  } finally {
    source.release();
  }
}

/** A digest of bytes, by the platform's own cryptography. */
export async function digestOf(bytes: Uint8Array, name: DigestName): Promise<Uint8Array> {
  return new Uint8Array(
    await crypto.subtle.digest(name.toUpperCase(), bytes as Uint8Array<ArrayBuffer>),
  );
}
