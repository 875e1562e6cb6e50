import { createHash } from 'node:crypto';
import { resumableUpload, tusProtocol } from 'coldwire/transfers';
import { lastValueFrom, tap } from 'rxjs';
import { bar } from '../view/paint.js';

const SHOWN_EACH = 524_288;
const mebibytes = (bytes) => (bytes / 1024 ** 2).toFixed(2);

/** The server breaks the line three times; each time it is asked how much it got, and the upload goes on from there. */
export async function resumedUpload(view, { api, counts }) {
  const scene = view.scene(
    '10. An upload, cut three times',
    "resumableUpload(client, '/uploads', bytes)",
  );
  const row = scene.row('PATCH /uploads');
  let next = 0;
  const bytes = new Uint8Array(6 * 1024 ** 2).map((_byte, at) => (at * 31) ^ (at >> 8));
  const shown = tap((notice) => {
    if (notice.type === 'progress' && notice.loaded >= next) {
      const { loaded, total } = notice;
      next = loaded + SHOWN_EACH;
      row.step(`${bar(loaded / total, 16)} ${mebibytes(loaded)} of ${mebibytes(total)} MiB`);
    }
    if (notice.type === 'waiting') row.add('cut', 'red');
  });
  const { bytes: sent } = await lastValueFrom(
    resumableUpload(api, '/uploads', bytes, {
      protocol: tusProtocol(),
      chunkBytes: () => Infinity,
      baseDelayMs: 50,
    }).pipe(shown),
  );
  counts.resumedUploadBytes = sent;
  counts.resumedUploadHash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  row.add(`${mebibytes(sent)} MiB, sha256 ${counts.resumedUploadHash}`);
}
