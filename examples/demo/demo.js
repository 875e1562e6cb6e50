import { once } from 'node:events';
import { ClientCounts } from './client-counts.js';
import { demoClient } from './client.js';
import { archive } from './scenes/archive.js';
import { deadline } from './scenes/deadline.js';
import { events } from './scenes/events.js';
import { refresh } from './scenes/refresh.js';
import { resumedDownload } from './scenes/resumed-download.js';
import { resumedUpload } from './scenes/resumed-upload.js';
import { retry } from './scenes/retry.js';
import { stream } from './scenes/stream.js';
import { typing } from './scenes/typing.js';
import { upload } from './scenes/upload.js';
import { vault } from './scenes/vault.js';
import { startServer } from './server/server.js';
import { summary } from './summary.js';

const SCENES = [
  retry,
  refresh,
  deadline,
  typing,
  stream,
  upload,
  events,
  vault,
  archive,
  resumedUpload,
  resumedDownload,
];
const LAST_CLOSE_MS = 5_000;

/**
 * The main job: real requests against a server of our own, shown in a view. Resolves to the names of the counts on
 * which client and server disagree. `miscount` names a count that the server gets wrong, to try just that.
 */
export async function demo(view, { miscount } = {}) {
  const server = await startServer();
  const counts = new ClientCounts();
  const clients = demoClient({ server, counts });
  view.print(`coldwire against ${server.url}, real requests over axios`);
  try {
    for (const scene of SCENES) await scene(view, clients, server);
    await closesSeen(server, counts);
  } finally {
    await server.stop();
  }
  const counted = { ...server.totals };
  if (miscount !== undefined) counted[miscount] += 1;
  const { lines, disagree } = summary(counts.totals, counted, (text, colour) =>
    view.paint(text, colour),
  );
  view.print('', view.paint('What each side counted', 'bold'), ...lines, '');
  return disagree;
}

/** A close takes a moment to arrive: wait for the last one, but not for ever. */
async function closesSeen(server, counts) {
  const signal = AbortSignal.timeout(LAST_CLOSE_MS);
  try {
    while (server.totals.closed < counts.closed) await once(server.events, 'closed', { signal });
  } catch {
    // Too late: the summary will say so.
  }
}
