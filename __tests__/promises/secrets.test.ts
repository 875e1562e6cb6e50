import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import {
  type RequestInput,
  type TaskError,
  createClient,
  deadline,
  isTaskError,
  logTasks,
  retryTransient,
} from 'coldwire';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { errorOf, outcomeOf } from './outcome.js';

/** No two alike, so that a leak tells where it came from. */
const SECRETS = {
  authorization: 'sECRET-authorization',
  basic: 'c0VDUkVULWJhc2lj',
  cookie: 'sECRET-cookie',
  apiKey: 'sECRET-api-key',
  query: 'sECRET-query',
  xsrf: 'sECRET-xsrf',
  proxy: 'sECRET-proxy',
  answered: 'sECRET-set-cookie',
};
const HEADERS = {
  authorization: `Bearer ${SECRETS.authorization}`,
  cookie: `a=b; session=${SECRETS.cookie}`,
  'x-api-key': SECRETS.apiKey,
  'x-xsrf-token': SECRETS.xsrf,
  'proxy-authorization': `Basic ${SECRETS.proxy}`,
};

/** Everything that somebody may print of an error, its causes and its earlier attempts. */
function printed(error: unknown, depth = 0): string {
  if (typeof error !== 'object' || error === null || depth > 6) return String(error);
  const { message, stack, cause, previous, errors } = error as Partial<TaskError> & {
    errors?: unknown[];
  };
  const own = [
    message,
    stack,
    safeJson(error),
    inspect(error, { depth: 12 }),
    inspect(error, { depth: 12, showHidden: true }),
    `${error as Error}`,
  ];
  const toJson = safeJson({ ...error });
  return [
    ...own,
    toJson,
    printed(cause, depth + 1),
    ...[...(previous ?? []), ...(errors ?? [])].map((one) => printed(one, depth + 1)),
  ].join('\n');
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

/** Where each secret stands in the text. */
function leaks(text: string): string[] {
  return Object.values(SECRETS).flatMap((secret) =>
    text.includes(secret)
      ? [text.slice(Math.max(0, text.indexOf(secret) - 150), text.indexOf(secret) + 40)]
      : [],
  );
}

const SCENES: Readonly<
  Record<string, { script?: Script; input?: Partial<RequestInput>; kind: string; options?: object }>
> = {
  'a status': {
    script: faults.answers(
      500,
      { 'content-type': 'text/plain', 'set-cookie': `s=${SECRETS.answered}` },
      `you sent ${SECRETS.authorization} and ${SECRETS.query}`,
    ),
    kind: 'status',
  },
  'a reset': { script: faults.resetsBeforeHead(), kind: 'network' },
  'a cut body': { script: faults.breaksInBody('cut'), kind: 'network' },
  'a malformed head': { script: faults.sends('HTTP/1.1 abc\r\n\r\n'), kind: 'network' },
  'a time-out': {
    script: faults.neverAnswers(),
    kind: 'timeout',
    options: { interceptors: [deadline(20)] },
  },
  'a bad redirect': {
    script: faults.redirects(`http://user:${SECRETS.answered}@127.0.0.1/?token=${SECRETS.query}`),
    kind: 'redirect',
  },
  'a redirect loop': {
    script: faults.redirects((exchange) => exchange.request.path),
    kind: 'redirect',
  },
  'a bound': {
    script: faults.answers(200, {}, 'x'.repeat(1_000)),
    kind: 'limit',
    options: { limits: { bufferedBytes: 10 } },
  },
  'bad JSON': {
    script: faults.answers(200, {}, `{"token": "${SECRETS.authorization}`),
    kind: 'decode',
  },
  'a bad header value': {
    input: { headers: { ...HEADERS, authorization: `Bearer ${SECRETS.authorization}\n` + 'x' } },
    kind: 'request',
  },
  'a body on GET': { input: { method: 'GET', body: 'x' }, kind: 'request' },
  'an abort': { input: { signal: AbortSignal.abort(new Error('enough')) }, kind: 'aborted' },
};

describe('no secret is told', () => {
  let server: FaultServer;
  let script: Script;
  beforeEach(async () => {
    script = faults.answers(200);
    server = await faultServer((exchange) => script(exchange));
  });
  afterEach(() => server.stop());

  const failing = async (scene: (typeof SCENES)[string]): Promise<TaskError> => {
    script = scene.script ?? script;
    const client = createClient({ baseUrl: server.url, ...scene.options });
    return errorOf(
      client.request({
        method: 'POST',
        url: `/path?access_token=${SECRETS.query}`,
        ...(scene.input?.method === 'GET' ? {} : { body: 'b' }),
        headers: HEADERS,
        ...scene.input,
      }),
    );
  };

  it.each(Object.keys(SCENES))(
    'by the error of %s: not in its message, stack, JSON, inspection or cause',
    async (name) => {
      const scene = SCENES[name];
      if (scene === undefined) throw new Error(name);
      const error = await failing(scene);
      expect(error.kind).toBe(scene.kind);
      // The response that a caller may want to read is his to print; what prints it by itself is not.
      const text = printed(error);
      expect(leaks(text)).toEqual([]);
      expect(JSON.stringify(error).length).toBeLessThanOrEqual(8_192);
    },
  );

  it('by the error of a retried task, with all its earlier attempts, and its JSON is at most 8 KB', async () => {
    script = faults.answers(
      503,
      { 'content-type': 'text/plain', 'x-long': 'y'.repeat(4_000) },
      `${SECRETS.authorization} `.repeat(1_000),
    );
    const client = createClient({
      baseUrl: server.url,
      interceptors: [retryTransient({ maxAttempts: 4, baseDelayMs: 1 })],
    });
    const error = await errorOf(
      client.get(`/${'p'.repeat(3_000)}?api_key=${SECRETS.query}`, { headers: HEADERS }),
    );
    expect(error.previous).toHaveLength(3);
    const text = printed(error);
    expect(leaks(text)).toEqual([]);
    expect(JSON.stringify(error).length).toBeLessThanOrEqual(8_192);
  });

  it('by a log line, of a good task, a failed one or a redirected one', async () => {
    const lines: unknown[] = [];
    const client = createClient({
      baseUrl: server.url,
      interceptors: [logTasks((line: unknown) => lines.push(line))],
    });
    for (const one of [
      faults.answers(200, {}, '1'),
      faults.answers(500, {}, SECRETS.authorization),
      faults.inTurn(faults.redirects(`/x?token=${SECRETS.query}`), faults.answers(200, {}, '1')),
      faults.resetsBeforeHead(),
    ]) {
      script = one;
      await outcomeOf(client.get(`/path?access_token=${SECRETS.query}`, { headers: HEADERS }));
    }
    expect(lines.length).toBeGreaterThanOrEqual(4);
    const text = lines
      .map((line) => `${String(line)} ${inspect(line, { depth: 9 })} ${safeJson(line)}`)
      .join('\n');
    expect(leaks(text)).toEqual([]);
  });

  it('by an error of another kind that a caller’s own code threw, which passes as it is', async () => {
    const bug = new RangeError('mine');
    const client = createClient({
      interceptors: [
        () => {
          throw bug;
        },
      ],
    });
    const { error } = await outcomeOf(client.get(server.url));
    expect(error).toBe(bug);
    expect(isTaskError(error)).toBe(false);
  });
});
