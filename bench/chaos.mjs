// Requests to a server that fails at random in seven ways, before or after it has done what was asked. Each client
// meets the same faults for the same request and attempt. Counted at the server: effects applied more than once.
//   node chaos.mjs [--requests=1000] [--seed=1]
import { parseArgs } from 'node:util';
import axios from 'axios';
import axiosRetry from 'axios-retry';
import { defer, firstValueFrom, retry, timer } from 'rxjs';
import { entry } from './coldwire.mjs';
import { support } from './fault-support.mjs';
import { finish, keeps, table, targets } from './report.mjs';

const { RETRY, createClient, deadline, retryTransient } = await import(entry());
const { effectServer } = await support('effect-server');
const { faultPlan } = await support('fault-plan');

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
  },
});
const REQUESTS = Number(values.requests);
const SEED = Number(values.seed);
const AT_ONCE = 25;
const RETRIES = 4;
const PAUSE_MS = 2;
// Long enough that a busy machine is no fault, short enough for the one in seven that is silence.
const ATTEMPT_MS = 2_000;
const PROBABILITIES = [0.1, 0.2, 0.3];

/** Each sends one request by `send({ method, url, id, data, keyed })` and resolves with the body. */
const contenders = {
  coldwire: () => {
    const client = createClient({
      interceptors: [
        retryTransient({ maxAttempts: RETRIES + 1, baseDelayMs: PAUSE_MS, budget: false }),
        deadline(ATTEMPT_MS),
      ],
    });
    return ({ method, url, id, data, keyed }) =>
      firstValueFrom(
        client.request({
          method,
          url,
          headers: { 'x-request-id': id },
          ...(data && { body: data }),
          ...(keyed && { context: [RETRY.of({ unsafe: true })] }),
        }),
      );
  },
  axios: () => {
    const instance = axios.create({ timeout: ATTEMPT_MS });
    return ({ method, url, id, data }) =>
      instance
        .request({ method, url, data, headers: { 'x-request-id': id } })
        .then((answer) => answer.data);
  },
  'axios-retry': () => {
    const instance = axios.create({ timeout: ATTEMPT_MS });
    axiosRetry(instance, {
      retries: RETRIES,
      retryDelay: () => PAUSE_MS,
      shouldResetTimeout: true,
    });
    return ({ method, url, id, data }) =>
      instance
        .request({ method, url, data, headers: { 'x-request-id': id } })
        .then((answer) => answer.data);
  },
  'rxjs retry() over axios': () => {
    const instance = axios.create({ timeout: ATTEMPT_MS });
    return ({ method, url, id, data }) =>
      firstValueFrom(
        defer(() => instance.request({ method, url, data, headers: { 'x-request-id': id } })).pipe(
          retry({ count: RETRIES, delay: () => timer(PAUSE_MS) }),
        ),
      ).then((answer) => answer.data);
  },
};

async function run(send, method, probability, keyed) {
  const server = await effectServer(faultPlan(SEED, probability), { honoursIdempotencyKey: keyed });
  let next = 0;
  let good = 0;
  const one = async () => {
    while (next < REQUESTS) {
      const id = `${method}-${next++}`;
      const data = method === 'GET' ? undefined : { id };
      try {
        const answer = await send({ method, url: `${server.url}/${id}`, id, data, keyed });
        if (answer.id === id) good++;
      } catch {
        // A failure is a result here.
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  const attempts = [...server.attempts.values()].reduce((sum, count) => sum + count, 0);
  const twoKeys = [...server.keys.values()].filter((keys) => keys.size > 1).length;
  const result = {
    good: (100 * good) / REQUESTS,
    twice: server.duplicates(),
    attempts: attempts / REQUESTS,
    twoKeys,
  };
  await server.stop();
  return result;
}

const rows = [];
const worst = {
  'POST applied twice': 0,
  'keyed POST applied twice': 0,
  'attempts with another key': 0,
  'GET succeeded': 100,
  'PUT succeeded': 100,
  'keyed POST succeeded': 100,
};
for (const probability of PROBABILITIES) {
  for (const [name, make] of Object.entries(contenders)) {
    const send = make();
    const [get, put, post] = [
      await run(send, 'GET', probability, false),
      await run(send, 'PUT', probability, false),
      await run(send, 'POST', probability, false),
    ];
    const keyed = name === 'coldwire' ? await run(send, 'POST', probability, true) : undefined;
    rows.push({
      faults: `${probability * 100} %`,
      client: name,
      'GET %': get.good,
      'PUT %': put.good,
      'POST %': post.good,
      'POST twice %': (100 * post.twice) / REQUESTS,
      'POST with key %': keyed?.good,
      'twice with key': keyed?.twice,
      'attempts a GET': get.attempts,
    });
    if (name !== 'coldwire') continue;
    worst['POST applied twice'] += post.twice;
    worst['keyed POST applied twice'] += keyed.twice;
    worst['attempts with another key'] += keyed.twoKeys;
    worst['GET succeeded'] = Math.min(worst['GET succeeded'], get.good);
    worst['PUT succeeded'] = Math.min(worst['PUT succeeded'], put.good);
    worst['keyed POST succeeded'] = Math.min(worst['keyed POST succeeded'], keyed.good);
  }
}

table(`${REQUESTS} requests of each method, ${RETRIES} retries, at random faults (percent)`, rows);
console.log('');
for (const [figure, bound] of Object.entries(targets('chaos'))) keeps(figure, worst[figure], bound);
finish();
