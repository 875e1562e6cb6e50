// 1 GiB down and 1 GiB up, each in a fresh process: how fast, and how much memory at the peak.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { entry } from './coldwire.mjs';
import { finish, keeps, table, targets } from './report.mjs';
import { interleaved } from './rounds.mjs';
import { startServer } from './server.mjs';

const MIB = Number(process.env.MIB ?? 1024);
const NAMES = [
  'coldwire download',
  'axios download',
  'axios download, as a stream',
  'node:http download',
  'coldwire upload',
  'axios upload',
  'axios upload, maxRedirects 0',
  'node:http upload',
];

const server = await startServer();
const run = promisify(execFile);
const script = fileURLToPath(new URL('transfer-one.mjs', import.meta.url));
const transfer = async (name) => {
  const args = [name, server.url, String(MIB * 1_048_576), entry()];
  const { stdout } = await run(process.execPath, [script, ...args]);
  return JSON.parse(stdout);
};

const transfers = Object.fromEntries(NAMES.map((name) => [name, name]));
const measured = await interleaved(transfers, transfer, {
  rounds: Number(process.env.ROUNDS ?? 5),
  warmUps: 0,
});
table(
  `${MIB} MiB over loopback`,
  NAMES.map((name) => ({
    transfer: name,
    'MiB a second': MIB / measured[name].seconds,
    'seconds of CPU': measured[name].cpuSeconds,
    'MiB at the peak': measured[name].peakMiB,
  })),
);
console.log('');
const wanted = targets('transfer');
for (const way of ['download', 'upload']) {
  const ratio = measured[`axios ${way}`].seconds / measured[`coldwire ${way}`].seconds;
  keeps(`${way}: coldwire over axios' default`, ratio, wanted[`${way} over axios`]);
  keeps(`${way}: MiB at the peak`, measured[`coldwire ${way}`].peakMiB, wanted['peak MiB']);
}
server.close();
finish();
