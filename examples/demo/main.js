// The main job of the house: `npm start`. Ends by itself; exit code 0 when client and server counted the same.
import { demo } from './demo.js';
import { LiveView } from './view/live-view.js';
import { PlainView } from './view/plain-view.js';

const ROWS_NEEDED = 14;
const { stdout, env } = process;
const live = stdout.isTTY === true && (stdout.rows ?? 0) >= ROWS_NEEDED && env.TERM !== 'dumb';
const view = live ? new LiveView(stdout, { colours: !env.NO_COLOR }) : new PlainView(stdout);

process.once('SIGINT', () => {
  view.close();
  process.exit(130);
});

try {
  const disagree = await demo(view, { miscount: env.COLDWIRE_DEMO_MISCOUNT });
  if (disagree.length > 0) {
    view.print(`Client and server disagree on: ${disagree.join(', ')}`);
    process.exitCode = 1;
  } else {
    view.print('Client and server agree.');
  }
} finally {
  view.close();
}
