import { lastValueFrom, tap } from 'rxjs';
import { ROW } from '../client.js';
import { bar } from '../view/paint.js';

const LINES = 12;

/** A response that takes its time: every chunk is there when it arrives. */
export async function stream(view, { api }) {
  const scene = view.scene('5. A response, chunk by chunk', "client.get('/feed').bytes");
  const row = scene.row('GET /feed');
  const decoder = new TextDecoder();
  let chunks = 0;
  let bytes = 0;
  let last = '';
  const shown = tap((chunk) => {
    chunks += 1;
    bytes += chunk.byteLength;
    last = decoder.decode(chunk, { stream: true }).trim().split('\n').at(-1);
    row.step(`${bar(chunks / LINES, 10)} chunk ${chunks} ${last}`);
  });
  await lastValueFrom(api.get('/feed', { context: [ROW.of(row)] }).bytes.pipe(shown));
  row.add(`${chunks} chunks, ${bytes} bytes`);
}
