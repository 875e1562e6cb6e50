import { forkJoin, lastValueFrom } from 'rxjs';
import { ROW } from '../client.js';

const REQUESTS = 8;

/** Eight requests are refused at about the same time; one of them fetches a token for all. */
export async function refresh(view, { api, refreshRow }) {
  const scene = view.scene(
    '2. One token refresh for eight refused requests',
    'authenticate({ apply, refresh })',
  );
  const tasks = Array.from({ length: REQUESTS }, (_, index) => {
    const path = `/orders/${index + 1}`;
    return api.get(path, { context: [ROW.of(scene.row(`GET ${path}`))] });
  });
  refreshRow.current = scene.row('POST /token');
  await lastValueFrom(forkJoin(tasks));
}
