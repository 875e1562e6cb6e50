import { eventSource } from 'coldwire/sse';
import { lastValueFrom, takeWhile, tap } from 'rxjs';

const LAST = 12;

/** The server cuts its stream of events again and again; it goes on behind the last one that was received. */
export async function events(view, { api, counts }) {
  const scene = view.scene('7. Live events over cut connections', "eventSource(client, '/events')");
  const row = scene.row('GET /events');
  const seen = [];
  const source = eventSource(api, '/events');
  const shown = tap((notice) => {
    if (notice.type === 'event') {
      seen.push(Number(notice.event.lastEventId));
      counts.events += 1;
      row.step(`event ${notice.event.lastEventId} of ${LAST}`);
    }
    if (notice.type === 'waiting') row.add(`cut after ${seen.at(-1)}`, 'red');
  });
  const isLast = (notice) => notice.type === 'event' && notice.event.lastEventId === String(LAST);
  await lastValueFrom(
    source.notices.pipe(
      shown,
      takeWhile((notice) => !isLast(notice), true),
    ),
  );
  const wanted = Array.from({ length: LAST }, (_, index) => index + 1);
  counts.eventIds = seen.join();
  row.add(seen.join() === wanted.join() ? 'none lost, none twice' : 'LOST OR DOUBLED');
}
