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
  let text = '';
  const shown = tap((chunk) => {
    chunks += 1;
    text += decoder.decode(chunk, { stream: true });
    const lines = text.trim().split('\n');
    row.step(`${bar(lines.length / LINES, 10)} chunk ${chunks} ${lines.at(-1)}`);
  });
  await lastValueFrom(api.get('/feed', { context: [ROW.of(row)] }).bytes.pipe(shown));
  row.add(`${text.trim().split('\n').length} lines, ${text.length} bytes`);
}
