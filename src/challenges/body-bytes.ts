import { from, lastValueFrom, toArray } from 'rxjs';
import type { ByteSource } from '../http/body.js';
import { invalid } from '../http/invalid-input.js';
import type { TaskRequest } from '../http/request.js';
import { joinBytes } from '../task/join-bytes.js';

/**
 * The whole body of a request, for a hash over it (`qop=auth-int`): a recipe is opened for this once more.
 * @throws InvalidInput for a body that can be read only once, or whose bytes only the publisher knows (a form)
 */
export async function bodyBytes({ body }: TaskRequest): Promise<Uint8Array> {
  switch (body?.kind) {
    case undefined:
      return new Uint8Array(0);
    case 'text':
      return new TextEncoder().encode(body.text);
    case 'bytes':
      return body.bytes;
    case 'blob':
      return new Uint8Array(await body.blob.arrayBuffer());
    case 'form':
      throw invalid(
        'body',
        'the server wants a hash over the body (auth-int), and a form has its bytes only when it is sent: give bytes or a recipe',
        undefined,
        'BODY_NOT_HASHABLE',
      );
    case 'recipe':
      if (!body.replayable)
        throw invalid(
          'body',
          'the server wants a hash over the body (auth-int), and a stream can be read only once: give a recipe, () => stream',
          undefined,
          'BODY_NOT_REPLAYABLE',
        );
      return joinBytes(await chunksOf(body.open()));
  }
}

async function chunksOf(source: ByteSource): Promise<Uint8Array[]> {
  if (!('getReader' in source))
    return lastValueFrom(from(source as AsyncIterable<Uint8Array>).pipe(toArray()));
  const reader = source.getReader();
  const chunks: Uint8Array[] = [];
  for (let result = await reader.read(); !result.done; result = await reader.read())
    chunks.push(result.value);
  return chunks;
}
