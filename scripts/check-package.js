// What publint and "are the types wrong" say about the packed tarball.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packed } from './pack.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Their complaints; an empty list when there are none. */
export async function packageComplaints() {
  const { tarball } = packed();
  return [...wrongTypes(tarball), ...(await lint(tarball))];
}

async function lint(tarball) {
  const bytes = new Uint8Array(readFileSync(tarball)).buffer;
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: bytes } });
  return messages
    .filter((message) => !isMistaken(message))
    .map((message) => `publint: ${formatMessage(message, pkg)}`);
}

/** Node does look for `imports` in the package.json that lies nearest: the tarball's test runs it from CommonJS. */
function isMistaken({ code, args }) {
  return code === 'NESTED_PACKAGE_JSON_FIELD_IGNORED' && args.field === 'imports';
}

function wrongTypes(tarball) {
  // Resolution as of Node 10 knows no `exports`: TypeScript 6 deprecates it, 7 does not have it.
  const args = [tarball, '--profile', 'node16', '--no-emoji', '--no-color'];
  const run = spawnSync(join(root, 'node_modules/.bin/attw'), args, { encoding: 'utf8' });
  return run.status === 0 ? [] : [`attw:\n${run.stdout}${run.stderr}`];
}
