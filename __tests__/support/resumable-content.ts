import { firstValueFrom, toArray, type Observable } from 'rxjs';
import type { UploadNotice } from 'coldwire/transfers';
import { seededRandom } from './fault-plan.js';

/** Bytes that look like nothing, the same for the same seed. */
export function content(length: number, seed = 1): Uint8Array {
  const random = seededRandom(seed);
  const bytes = new Uint8Array(length);
  const words = new Uint32Array(bytes.buffer, 0, length >> 2);
  for (let at = 0; at < words.length; at++) words[at] = random() * 4_294_967_296;
  for (let at = words.length * 4; at < length; at++) bytes[at] = random() * 256;
  return bytes;
}

/** Everything that an upload tells. */
export function notices<T>(upload: Observable<UploadNotice<T>>): Promise<UploadNotice<T>[]> {
  return firstValueFrom(upload.pipe(toArray()));
}

/** The result of an upload. */
export async function result<T>(
  upload: Observable<UploadNotice<T>>,
): Promise<UploadNotice<T> & { type: 'done' }> {
  const last = (await notices(upload)).at(-1);
  if (last?.type !== 'done') throw new Error(`the upload ended with ${String(last?.type)}`);
  return last;
}
