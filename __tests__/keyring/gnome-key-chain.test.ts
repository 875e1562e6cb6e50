import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packed } from '../../scripts/pack.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const staff = { origin: 'https://a.com', realm: 'staff "é"', scheme: 'digest', proxy: false };
const guests = { ...staff, realm: 'guests' };
const ada = { user: 'ada', password: 'correct horse', persistence: 'permanent' };

/** The package as a user gets it, and a program that does with its storage what it is told. */
const PROGRAM = `
import { keyringStorage } from 'coldwire/keyring';
import { AsyncEntry, findCredentials } from '@napi-rs/keyring';

const [step, store] = process.argv.slice(2);
const storage = keyringStorage({ service: 'coldwire tests', linuxStore: store });
const staff = ${JSON.stringify(staff)};
const guests = ${JSON.stringify(guests)};
const ada = ${JSON.stringify(ada)};
const steps = {
  save: async () => {
    await Promise.all([storage.save(staff, ada, ['/in/']), storage.save(guests, { token: 't' })]);
    return 'saved';
  },
  look: async () => ({ found: await storage.find(staff), listed: await storage.list('https://a.com') }),
  names: async () => findCredentials('coldwire tests').map(({ account }) => account).sort(),
  spoil: async () => {
    await new AsyncEntry('coldwire tests', JSON.stringify([staff.origin, staff.realm, staff.scheme, false])).setPassword('{');
    return storage.find(staff);
  },
  cycle: async () => {
    await steps.save();
    return { found: await storage.find(staff), left: await steps.clear() };
  },
  clear: async () => {
    await storage.remove(staff);
    await storage.remove(guests);
    return storage.list('https://a.com');
  },
};
const told = await steps[step]().catch(({ kind, code, message }) => ({ kind, code, message }));
console.log(JSON.stringify(told ?? null));
`;

let folder = '';
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'coldwire-keys-')));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'program.js'), PROGRAM);
  mkdirSync(join(folder, 'node_modules/@napi-rs'), { recursive: true });
  symlinkSync(packed().folder, join(folder, 'node_modules/coldwire'));
  symlinkSync(
    join(root, 'node_modules/@napi-rs/keyring'),
    join(folder, 'node_modules/@napi-rs/keyring'),
  );
  for (const name of ['rxjs', 'axios', '@noble'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  mkdirSync(join(folder, 'run'));
  chmodSync(join(folder, 'run'), 0o700);
}, 120_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command with a home of its own, and gives each line that it prints. */
function run(command: string, args: readonly string[], bus?: string): Promise<unknown[]> {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_RUNTIME_DIR: join(folder, 'run'),
    ...(bus === undefined ? {} : { DBUS_SESSION_BUS_ADDRESS: bus }),
  };
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (part: Buffer) => (out += String(part)));
  child.stderr.on('data', (part: Buffer) => (err += String(part)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`${command} ended with ${String(code)}: ${err}`));
      else
        resolve(
          out
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as unknown),
        );
    });
  });
}

/** On a session bus with a key ring that is open, each step in a process of its own. */
function onKeyChain(steps: readonly string[]): Promise<unknown[]> {
  const program = (step: string): string =>
    `"${process.execPath}" program.js ${step} secret-service`;
  const script = [
    'printf "a password\\n" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1',
    ...steps.map(program),
  ].join(' && ');
  return run('dbus-run-session', ['--', 'sh', '-c', script]);
}

describe('a real key chain: GNOME’s, over the Secret Service', () => {
  it('what one process keeps the next one finds, and what it removes is gone', async () => {
    const [saved, seen, names, cleared, after] = await onKeyChain([
      'save',
      'look',
      'names',
      'clear',
      'names',
    ]);
    expect(saved).toBe('saved');
    expect(seen).toEqual({
      found: ada,
      listed: expect.arrayContaining([
        { space: staff, credential: ada, paths: ['/in/'] },
        { space: guests, credential: { token: 't' }, paths: [] },
      ]),
    });
    expect(names).toEqual([
      '["https://a.com","guests","digest",false]',
      '["https://a.com","staff \\"é\\"","digest",false]',
      'spaces of https://a.com',
    ]);
    expect(cleared).toEqual([]);
    expect(after).toEqual([]);
  }, 60_000);

  it('an entry that somebody else has written is a typed error that names it', async () => {
    const [, spoiled] = await onKeyChain(['save', 'spoil', 'clear']);
    expect(spoiled).toEqual({
      kind: 'auth',
      code: 'KEYRING_CORRUPT',
      message: expect.stringContaining('["https://a.com","staff \\"é\\"","digest",false]'),
    });
  }, 60_000);

  it('without a session bus there is none: a typed error, and nothing is kept elsewhere', async () => {
    const bus = `unix:path=${join(folder, 'run/nobody')}`;
    const args = (step: string): string[] => ['program.js', step, 'secret-service'];
    for (const step of ['save', 'look']) {
      expect(await run(process.execPath, args(step), bus)).toEqual([
        {
          kind: 'auth',
          code: 'KEYRING_UNAVAILABLE',
          message: expect.stringMatching(
            /could not be (written|read): .+ \(service coldwire tests\)$/,
          ),
        },
      ]);
    }
  });

  it('the kernel’s key ring keeps them within a login session', async () => {
    const cycle = [process.execPath, 'program.js', 'cycle', 'keyutils'];
    expect(await run('keyctl', ['session', '-', ...cycle])).toEqual([{ found: ada, left: [] }]);
  });
});
