import type { ByteSource } from '../http/body.js';
import { type InvalidInput, invalid } from '../http/invalid-input.js';
import type { TaskRequest } from '../http/request.js';
import { pulled } from '../task/pulled-bytes.js';
import { type DigestHash, hashHex, runningHash } from './hash.js';

const WANTED = 'the server wants a hash over the body (auth-int), and';

/**
 * The hash over the body of a request (`qop=auth-int`): a recipe is opened for this once more, and read without being
 * held; the signal of the request lets it go.
 * @throws InvalidInput for a body that can be read only once, or whose bytes only the publisher knows (a form)
 */
export async function bodyHash(name: DigestHash, { body, signal }: TaskRequest): Promise<string> {
  switch (body?.kind) {
    case undefined:
      return hashHex(name, '');
    case 'text':
      return hashHex(name, body.text);
    case 'bytes':
      return hashHex(name, body.bytes);
    case 'blob':
      return hashOf(name, body.blob.stream(), signal);
    case 'form':
      throw refused(
        'a form has its bytes only when it is sent: give bytes or a recipe',
        'BODY_NOT_HASHABLE',
      );
    case 'recipe':
      if (!body.replayable)
        throw refused(
          'a stream can be read only once: give a recipe, () => stream',
          'BODY_NOT_REPLAYABLE',
        );
      return hashOf(name, body.open(), signal);
  }
}

async function hashOf(
  name: DigestHash,
  opened: ByteSource,
  signal: AbortSignal | undefined,
): Promise<string> {
  const source = pulled(opened);
  const hash = runningHash(name);
  const leave = (): void => {
    source.release();
  };
  signal?.addEventListener('abort', leave, { once: true });
  try {
    for (let bytes = await source.pull(); bytes !== undefined; bytes = await source.pull())
      hash.update(bytes);
    return hash.hex();
  } finally {
    source.release();
    signal?.removeEventListener('abort', leave);
  }
}

function refused(why: string, code: string): InvalidInput {
  return invalid('body', `${WANTED} ${why}`, undefined, code);
}
