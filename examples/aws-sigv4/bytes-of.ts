import type { RequestBody } from 'coldwire';

/** The bytes of a body, to be hashed. @throws TypeError for one that can be read only once, or that nobody knows before it is sent */
export async function bytesOf(body: RequestBody | undefined): Promise<Uint8Array | undefined> {
  switch (body?.kind) {
    case undefined:
      return undefined;
    case 'text':
      return new TextEncoder().encode(body.text);
    case 'bytes':
      return body.bytes;
    case 'blob':
      return new Uint8Array(await body.blob.arrayBuffer());
    case 'recipe': {
      const source = body.replayable ? body.open() : undefined;
      if (source !== undefined && Symbol.asyncIterator in source) return joined(source);
      throw new TypeError(
        'to be signed a body must be known: give bytes, or a recipe for a stream',
      );
    }
    case 'form':
      throw new TypeError('to be signed a body must be known: a form is not before it is sent');
  }
}

async function joined(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}
