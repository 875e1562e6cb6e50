// jest on ES modules: `node scripts/jest.js [--floor] [jest's own arguments]`.
// --floor runs the suites that stand on axios and rxjs a second time, on the oldest versions that we support.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const args = process.argv.slice(2).filter((arg) => arg !== '--floor');
const env = { ...process.env, ...(process.argv.includes('--floor') && { PEERS: 'floor too' }) };

const { status } = spawnSync(process.execPath, [...flags, jest, ...args], {
  stdio: 'inherit',
  env,
});
process.exitCode = status ?? 1;
