import { createHash } from 'node:crypto';
import { resumeDownload } from 'coldwire/transfers';
import { lastValueFrom, tap } from 'rxjs';
import { FILM_BYTES } from '../client.js';
import { bar } from '../view/paint.js';

const SHOWN_EACH = 524_288;
const mebibytes = (bytes) => (bytes / 1024 ** 2).toFixed(2);

/** The server breaks the line three times; each byte comes once, from where the last one was. */
export async function resumedDownload(view, { api, counts }) {
  const scene = view.scene(
    '11. A download, cut three times',
    "client.get('/film').events.pipe(resumeDownload())",
  );
  const row = scene.row('GET /film');
  const hash = createHash('sha256');
  let received = 0;
  let next = 0;
  const shown = tap((event) => {
    if (event.type === 'retrying') row.add('cut', 'red');
    if (event.type !== 'chunk') return;
    hash.update(event.bytes);
    received += event.bytes.byteLength;
    if (received < next) return;
    next = received + SHOWN_EACH;
    row.step(`${bar(received / FILM_BYTES, 16)} ${mebibytes(received)} MiB`);
  });
  await lastValueFrom(api.get('/film').events.pipe(resumeDownload({ baseDelayMs: 50 }), shown));
  counts.resumedDownloadBytes = received;
  counts.resumedDownloadHash = hash.digest('hex').slice(0, 16);
  row.add(`${mebibytes(received)} MiB, sha256 ${counts.resumedDownloadHash}`);
}
