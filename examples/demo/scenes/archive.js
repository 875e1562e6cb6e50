import { recipeBody } from 'coldwire';
import { lastValueFrom, tap } from 'rxjs';
import { ROW } from '../client.js';
import { bar } from '../view/paint.js';

const CHUNK = 65_536;
const CHUNKS = 1024;
const SHOWN_EACH = 64;

/** Nobody knows yet that this place is guarded: a request without a body finds out, and then the body goes out once. */
export async function archive(view, { guarded, counts }) {
  const scene = view.scene(
    '9. 64 MiB behind a challenge, sent once',
    "answerChallenges({ storage, probe: 'HEAD' })",
  );
  const row = scene.row('PUT /archive');
  const chunk = new Uint8Array(CHUNK);
  async function* recipe() {
    counts.guardedBodies += 1;
    for (let made = 0; made < CHUNKS; made++) {
      counts.guardedBytes += CHUNK;
      yield chunk;
    }
  }
  const body = recipeBody(recipe, { length: CHUNK * CHUNKS });
  const mebibytes = (bytes) => (bytes / 1024 ** 2).toFixed(1);
  const shown = tap(({ type, loaded, total }) => {
    if (type !== 'upload' || loaded % (CHUNK * SHOWN_EACH) !== 0) return;
    row.step(`${bar(loaded / total, 16)} ${mebibytes(loaded)} of ${mebibytes(total)} MiB`);
  });
  const task = guarded.put('/archive', body, { context: [ROW.of(row)] });
  await lastValueFrom(task.events.pipe(shown));
  row.add(`${mebibytes(counts.guardedBytes)} MiB left here, in ${counts.guardedBodies} body`);
}
