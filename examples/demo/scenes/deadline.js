import { once } from 'node:events';
import { deadline as deadlineAfter, isTaskError } from 'coldwire';
import { lastValueFrom } from 'rxjs';
import { ROW } from '../client.js';

const PATIENCE_MS = 700;

/** The server thinks for half a minute; the caller has less time. */
export async function deadline(view, { api }, server) {
  const scene = view.scene(
    '3. A deadline',
    `client.get('/forecast').pipe(deadline(${PATIENCE_MS}))`,
  );
  const row = scene.row('GET /forecast');
  const closed = once(server.events, 'closed');
  const started = performance.now();
  const waited = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const task = api.get('/forecast', { context: [ROW.of(row)] }).pipe(deadlineAfter(PATIENCE_MS));
  const outcome = lastValueFrom(task).catch((error) => error);
  row.during(() => `waits, ${waited()}`);
  const error = await outcome;
  if (!isTaskError(error, 'timeout')) throw error;
  row.add(`timeout: ${error.phase} ${error.afterMs} ms`, 'red');
  await closed;
}
