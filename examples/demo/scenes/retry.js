import { lastValueFrom } from 'rxjs';
import { ROW } from '../client.js';

/** The server is busy twice, and says once how long to wait. */
export async function retry(view, { api }) {
  const scene = view.scene(
    '1. Retry, when the server says so',
    'retryTransient({ maxAttempts: 4 })',
  );
  const row = scene.row('GET /report');
  await lastValueFrom(api.get('/report', { context: [ROW.of(row)] }));
}
