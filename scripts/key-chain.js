// The key chains that tests talk to: `node scripts/key-chain.js` installs GNOME's, and what opens the kernel's, from Debian's
// packages where they are missing, as root; on any other machine it says so and changes nothing. Nothing is left running: each test starts a session bus and
// a key ring of its own, in a folder of its own.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const PACKAGES = {
  '/usr/bin/dbus-run-session': 'dbus-daemon',
  '/usr/bin/gnome-keyring-daemon': 'gnome-keyring',
  '/usr/bin/keyctl': 'keyutils',
};
const MOST_MS = 240_000;

/** The programs that are not here. */
export function lackingKeyChain() {
  return Object.keys(PACKAGES).filter((program) => !existsSync(program));
}

/** Installs what is missing; says what went wrong, or nothing. */
function install(programs) {
  if (!existsSync('/usr/bin/apt-get')) return 'this is no Debian';
  if (process.getuid?.() !== 0) return 'only root can install them';
  const packages = programs.map((program) => PACKAGES[program]);
  apt('update', '-qq');
  return apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
}

function apt(...args) {
  const { status, stderr } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: MOST_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const said = (stderr ?? '').trim().split('\n').at(-1);
  return status === 0 ? undefined : `apt-get ${args[0]} failed: ${said}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const programs = lackingKeyChain();
  if (programs.length > 0) {
    console.log(`Missing: ${programs.join(', ')}; installing.`);
    const trouble = install(programs);
    const left = lackingKeyChain();
    if (left.length > 0)
      console.error(`SKIPPED: the tests that need ${left.join(', ')} (${trouble ?? 'not found'}).`);
  }
}
