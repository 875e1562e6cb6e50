// Both copies of the package in one process: they must agree on what an error is.
import { createRequire } from 'node:module';
import * as esm from 'coldwire';

const cjs = createRequire(import.meta.url)('coldwire');
const of = (copy) => copy.taskError('network', { sent: true }, { code: 'CONNECTION_RESET' });

console.log(
  JSON.stringify({
    distinct: esm.taskError !== cjs.taskError,
    esmKnowsCjs: esm.isTaskError(of(cjs)) && esm.isTaskError(of(cjs), 'network'),
    cjsKnowsEsm: cjs.isTaskError(of(esm)) && cjs.isTaskError(of(esm), 'network'),
    othersAreNot: !esm.isTaskError(new Error('x')) && !cjs.isTaskError({ kind: 'network' }),
    sameNames:
      Object.keys(esm).sort().join() ===
      Object.keys(cjs)
        .filter((name) => name !== 'default')
        .sort()
        .join(),
  }),
);
