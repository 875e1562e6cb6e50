import { concat, lastValueFrom } from 'rxjs';
import { ROW } from '../client.js';

/** The server asks who it is, the storage knows; the second request brings the answer along unasked. */
export async function vault(view, { guarded }) {
  const scene = view.scene(
    '8. A challenge, answered by the storage',
    'answerChallenges({ storage })',
  );
  const get = (path) => guarded.get(path, { context: [ROW.of(scene.row(`GET ${path}`))] });
  await lastValueFrom(concat(get('/vault/1'), get('/vault/2')));
}
