import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Subject, lastValueFrom, switchMap } from 'rxjs';
import { ROW } from '../client.js';

const TYPED = ['A', 'Ad', 'Ada', 'Ada L', 'Ada Lo'];
const BETWEEN_KEYS_MS = 150;
const LAST_CLOSE_MS = 5_000;

/**
 * Somebody types; `switchMap` leaves each search for the next one, and its connection closes at the server. The next
 * key waits until the server has seen the request before, so that both sides count the same.
 */
export async function typing(view, { api }, server) {
  const scene = view.scene(
    '4. Typing: the search before is closed',
    'keys$.pipe(switchMap((q) => client.get(…)))',
  );
  const keys = new Subject();
  const search = (q) => {
    const row = scene.row(`q=${q}`);
    return api.get('/search', { params: { q }, context: [ROW.of(row)] });
  };
  let closed = 0;
  const count = () => (closed += 1);
  server.events.on('closed', count);
  const found = lastValueFrom(keys.pipe(switchMap(search)));
  for (const text of TYPED) {
    const received = once(server.events, 'received');
    keys.next(text);
    await Promise.all([received, pause(BETWEEN_KEYS_MS)]);
  }
  keys.complete();
  await found;
  // On a busy machine the answer may be here before the server has seen the last of them close.
  const signal = AbortSignal.timeout(LAST_CLOSE_MS);
  while (closed < TYPED.length - 1) await once(server.events, 'closed', { signal });
  server.events.off('closed', count);
}
