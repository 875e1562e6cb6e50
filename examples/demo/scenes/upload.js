import { createHash } from 'node:crypto';
import { recipeBody } from 'coldwire';
import { lastValueFrom, tap } from 'rxjs';
import { ROW } from '../client.js';
import { bar } from '../view/paint.js';

const CHUNK = 65_536;
const CHUNKS = 256;

/** A body that is made as it goes: the server reads at its own pace, and the source waits for it. */
export async function upload(view, { api, counts }) {
  const scene = view.scene(
    '6. An upload at the pace of its reader',
    "client.put('/upload', recipe).events",
  );
  const row = scene.row('PUT /upload');
  let made = 0;
  async function* recipe() {
    const hash = createHash('sha256');
    for (made = 1; made <= CHUNKS; made++) {
      const chunk = new Uint8Array(CHUNK).fill(made);
      hash.update(chunk);
      yield chunk;
    }
    counts.uploadHash = hash.digest('hex').slice(0, 16);
  }
  const body = recipeBody(recipe, { length: CHUNK * CHUNKS });
  const shown = tap((event) => {
    if (event.type !== 'upload') return;
    counts.uploadBytes = event.loaded;
    const megabytes = (bytes) => (bytes / 1024 ** 2).toFixed(1);
    row.step(
      `${bar(event.loaded / event.total, 16)} ${megabytes(event.loaded)} of ${megabytes(event.total)} MiB`,
    );
  });
  await lastValueFrom(api.put('/upload', body, { context: [ROW.of(row)] }).events.pipe(shown));
  row.add(`sha256 ${counts.uploadHash}`);
}
