// The real servers that tests talk to: `node scripts/servers.js` installs those that are missing, from Debian's packages
// and as root; on any other machine it says so and changes nothing. No service is started: the tests start what they need,
// with a configuration of their own, on free ports of the loopback.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const PACKAGES = {
  '/usr/sbin/apache2': 'apache2-bin',
  '/usr/sbin/nginx': 'nginx-light',
  '/usr/sbin/squid': 'squid',
  '/usr/bin/curl': 'curl',
};
const POLICY = '/usr/sbin/policy-rc.d';
const MOST_MS = 240_000;

/** The programs that are not here. */
export function lackingServers() {
  return Object.keys(PACKAGES).filter((program) => !existsSync(program));
}

function install(programs) {
  if (!existsSync('/usr/bin/apt-get')) return 'this is no Debian';
  if (process.getuid?.() !== 0) return 'only root can install them';
  const ours = !existsSync(POLICY);
  // What invoke-rc.d asks whether a package may start its service: 101 says no.
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const packages = programs.map((program) => PACKAGES[program]);
    apt('update', '-qq');
    return apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
}

/** What went wrong, or `undefined`. */
function apt(...args) {
  const { status, stderr } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: MOST_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0
    ? undefined
    : `apt-get ${args[0]} failed: ${stderr.trim().split('\n').at(-1)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const programs = lackingServers();
  if (programs.length > 0) {
    console.log(`Missing: ${programs.join(', ')}; installing.`);
    const trouble = install(programs);
    const left = lackingServers();
    if (left.length > 0)
      console.error(`SKIPPED: the tests that need ${left.join(', ')} (${trouble ?? 'not found'}).`);
  }
}
