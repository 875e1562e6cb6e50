// The programs that tests talk to: `node scripts/programs.js` installs those that are missing from Debian's packages, as
// root; on any other machine it says so and changes nothing. No service is started: each test starts what it needs, with a
// configuration of its own, in a folder of its own, on free ports of the loopback.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Each program that tests of a kind need, with the package that it is in. */
const PROGRAMS = {
  browser: { '/usr/bin/chromium': 'chromium' },
  keyChain: {
    '/usr/bin/dbus-run-session': 'dbus-daemon',
    '/usr/bin/gnome-keyring-daemon': 'gnome-keyring',
    '/usr/bin/keyctl': 'keyutils',
  },
  servers: {
    '/usr/sbin/apache2': 'apache2-bin',
    '/usr/sbin/nginx': 'nginx-light',
    '/usr/sbin/squid': 'squid',
    '/usr/bin/curl': 'curl',
  },
};
const PACKAGES = Object.assign({}, ...Object.values(PROGRAMS));
const POLICY = '/usr/sbin/policy-rc.d';
const MOST_MS = 300_000;

/** The programs that are not here, of those that tests of this kind need. */
export function lacking(kind) {
  return Object.keys(PROGRAMS[kind]).filter((program) => !existsSync(program));
}

/** Installs them; says what went wrong, or nothing. */
function install(programs) {
  if (!existsSync('/usr/bin/apt-get')) return 'this is no Debian';
  if (process.getuid?.() !== 0) return 'only root can install them';
  const ours = !existsSync(POLICY);
  // What a package asks before it starts its service: 101 says no.
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    apt('update', '-qq');
    const packages = programs.map((program) => PACKAGES[program]);
    return apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
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
  const all = () => Object.keys(PROGRAMS).flatMap(lacking);
  if (all().length > 0) {
    console.log(`Missing: ${all().join(', ')}; installing.`);
    const trouble = install(all());
    const left = all();
    if (left.length > 0)
      console.error(`SKIPPED: the tests that need ${left.join(', ')} (${trouble ?? 'not found'}).`);
  }
}
