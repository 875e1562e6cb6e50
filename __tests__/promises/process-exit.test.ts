import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';
import * as faults from '../support/faults.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const run = promisify(execFile);

/** What a program may do last. `url` is the server; when it is over the program says so and does nothing more. */
const PROGRAMS: Readonly<Record<string, { readonly script: Script; readonly code: string }>> = {
  'a value': { script: faults.answers(200, {}, '1'), code: `ended(createClient().get(url))` },
  'a status error': {
    script: faults.answers(500, {}, 'no'),
    code: `ended(createClient().get(url))`,
  },
  'a network error': { script: faults.resetsBeforeHead(), code: `ended(createClient().get(url))` },
  'a time-out': {
    script: faults.neverAnswers(),
    code: `ended(createClient({ interceptors: [deadline(50)] }).get(url))`,
  },
  'an idle time-out in the body': {
    script: faults.breaksInBody('stall'),
    code: `ended(createClient({ interceptors: [deadline({ idleMs: 50 })] }).get(url))`,
  },
  'a bound': {
    script: faults.endlessBody(),
    code: `ended(createClient({ limits: { bufferedBytes: 1000 } }).get(url))`,
  },
  'an error body of which a part is kept': {
    script: async (exchange) => {
      await exchange.head(500);
      for (;;) await exchange.body('x'.repeat(65_536));
    },
    code: `ended(createClient().get(url))`,
  },
  'a redirect loop': { script: faults.redirectLoop(), code: `ended(createClient().get(url))` },
  'retries that failed': {
    script: faults.answers(503),
    code: `ended(createClient({ interceptors: [retryTransient({ maxAttempts: 3, baseDelayMs: 10 })] }).get(url))`,
  },
  'a budget and a queue': {
    script: faults.answers(200, {}, '1'),
    code: `ended(createClient({ interceptors: [limitConcurrency(1), dedupe(), deadline(60_000), retryTransient()] }).get(url))`,
  },
  'a refused upload': {
    script: faults.answersEarly(413, 'keep'),
    code: `ended(createClient().post(url, () => (async function* () { for (;;) yield new Uint8Array(65536) })()))`,
  },
  'unsubscribing before the head': {
    script: faults.neverAnswers(),
    code: `const s = createClient({ interceptors: [deadline(60_000)] }).get(url).subscribe(); setTimeout(() => { s.unsubscribe(); over(); }, 100)`,
  },
  'unsubscribing in the body': {
    script: faults.breaksInBody('stall'),
    code: `const s = createClient().get(url).bytes.subscribe(() => { s.unsubscribe(); over(); })`,
  },
  'unsubscribing in the pause': {
    script: faults.answers(503, { 'retry-after': '50' }),
    code: `const s = createClient({ interceptors: [retryTransient()] }).get(url).events.subscribe((e) => { if (e.type === 'retrying') { s.unsubscribe(); over(); } })`,
  },
  'an aborted signal': {
    script: faults.neverAnswers(),
    code: `const c = new AbortController(); createClient().get(url, { signal: c.signal }).subscribe({ error: over }); setTimeout(() => c.abort(), 100)`,
  },
  'the end of a scope': {
    script: faults.neverAnswers(),
    code: `const scope = createClient().scope(); scope.get(url).subscribe({ error: over }); setTimeout(() => scope.unsubscribe(), 100)`,
  },
};

describe('a process exits by itself within 1.5 s', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(ROOT, 'node_modules', '.exit-'));
    await build({
      entryPoints: [join(ROOT, 'src/index.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      outfile: join(folder, 'coldwire.mjs'),
      logLevel: 'error',
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(Object.keys(PROGRAMS))(
    'after %s',
    async (name) => {
      const program = PROGRAMS[name];
      if (program === undefined) throw new Error(name);
      const server: FaultServer = await faultServer(program.script);
      const file = join(folder, `${name.replaceAll(' ', '-')}.mjs`);
      await writeFile(
        file,
        `import { createClient, deadline, dedupe, limitConcurrency, retryTransient } from './coldwire.mjs';
       const url = ${JSON.stringify(server.url)};
       let since;
       const over = () => { since = performance.now(); };
       const ended = (task) => task.subscribe({ error: over, complete: over });
       process.on('exit', () => console.log(Math.ceil(performance.now() - since)));
       ${program.code};`,
      );
      const { stdout, stderr } = await run(process.execPath, [file], { timeout: 20_000 });
      await server.stop();
      expect(stderr).toBe('');
      expect(Number(stdout)).toBeLessThanOrEqual(1_500);
    },
    120_000,
  );
});
