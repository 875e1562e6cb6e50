import { types } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import {
  type Client,
  type DataTask,
  type TaskError,
  type TaskErrorKind,
  createClient,
  deadline,
  isTaskError,
} from '../../src/index.js';
import { answer, unimplemented } from '../../src/testing/index.js';
import { errorOf, follow } from './course.js';
import { type Reply, everyGround } from './grounds.js';

const RETURNS = {
  schema: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => ({ issues: [{ message: 'wrong' }] }),
    },
  },
} as const;

/** Each way to fail: what is answered, what is asked, and what it is called. */
const failures: Readonly<
  Record<
    string,
    {
      reply: Reply;
      ask?: (client: Client) => DataTask<unknown>;
      kind: TaskErrorKind;
      code: string;
      cause?: boolean;
    }
  >
> = {
  'a refusal': { reply: { status: 404, body: '"gone"' }, kind: 'status', code: 'STATUS_404' },
  'an error of the server': { reply: { status: 503 }, kind: 'status', code: 'STATUS_503' },
  'a connection that breaks': {
    reply: { ends: 'reset' },
    kind: 'network',
    code: 'CONNECTION_RESET',
  },
  'a body that breaks off': {
    reply: { body: '[1,', ends: 'cut' },
    kind: 'network',
    code: 'BODY_TRUNCATED',
  },
  'JSON that is none': { reply: { body: '{' }, kind: 'decode', code: 'DECODE_JSON', cause: true },
  'a charset that nobody knows': {
    reply: { body: 'x', headers: { 'content-type': 'text/plain; charset=klingon' } },
    ask: (client) =>
      client.get('/x', { decode: (response) => new TextDecoder('klingon').decode(response.body) }),
    kind: 'decode',
    code: 'DECODE_FAILED',
    cause: true,
  },
  'a body that does not fit its schema': {
    reply: { body: '1' },
    ask: (client) => client.get('/x', { decode: RETURNS.schema }),
    kind: 'decode',
    code: 'DECODE_SCHEMA',
  },
  'a body that is too large': {
    reply: { body: '"0123456789"' },
    ask: (client) => client.with({ limits: { bufferedBytes: 5 } }).get('/x'),
    kind: 'limit',
    code: 'LIMIT_RESPONSE',
  },
  'a redirect without end': {
    reply: { status: 302, headers: { location: '/x' } },
    ask: (client) => client.with({ redirect: { maxHops: 2 } }).get('/x'),
    kind: 'redirect',
    code: 'REDIRECT_LIMIT',
  },
  'a redirect to nowhere': {
    reply: { status: 302, headers: { location: 'mailto:ada@example.com' } },
    kind: 'redirect',
    code: 'REDIRECT_SCHEME',
  },
  'a signal that is aborted already': {
    reply: { body: '1' },
    ask: (client) => client.get('/x', { signal: AbortSignal.abort(new Error('enough')) }),
    kind: 'aborted',
    code: 'ABORTED',
    cause: true,
  },
  'a header that cannot be sent': {
    reply: {},
    ask: (client) => client.get('/x', { headers: { 'X-A': 'a\nb' } }),
    kind: 'request',
    code: 'INVALID_OPTION',
  },
  'a source that fails': {
    reply: {},
    ask: (client) =>
      client.post('/x', () => {
        throw new Error('no file');
      }),
    kind: 'request',
    code: 'BODY_SOURCE_FAILED',
    cause: true,
  },
};

describe.each(everyGround())('L5, closed errors, on %s', (_name, open) => {
  it.each(Object.entries(failures))(
    '%s has its kind and its code (F6)',
    async (_what, { reply, ask = (client) => client.get('/x'), kind, code, cause }) => {
      const ground = await open(() => reply);
      const error = await errorOf(ask(ground.client()));
      expect(isTaskError(error)).toBe(true);
      expect([(error as TaskError).kind, (error as TaskError).code]).toEqual([kind, code]);
      if (cause === true) expect(types.isNativeError((error as TaskError).cause)).toBe(true);
      expect(JSON.parse(JSON.stringify(error))).toMatchObject({ name: 'TaskError', kind, code });
    },
  );

  it('time that is up says which time it was (F2, F4)', async () => {
    for (const [options, phase, reply] of [
      [{ responseMs: 50 }, 'response', { ends: 'silent' }],
      [{ idleMs: 50 }, 'idle', { body: 'a', ends: 'hang' }],
      [{ totalMs: 50 }, 'total', { body: 'a', ends: 'hang' }],
    ] as const) {
      const scheduler = new VirtualTimeScheduler();
      const ground = await open(() => reply);
      let heard!: () => void;
      const mark = new Promise<void>((resolve) => (heard = resolve));
      const course = follow(
        ground.client({ scheduler, interceptors: [deadline(options)] }).get('/x').events,
        (line) => {
          if (line === (phase === 'response' ? 'sent 1' : 'chunk a')) heard();
        },
      );
      await mark;
      scheduler.flush();
      await course.over;
      expect(course.error).toMatchObject({
        kind: 'timeout',
        phase,
        afterMs: 50,
        code: `TIMEOUT_${phase.toUpperCase()}`,
      });
    }
  });

  it('an abort in flight keeps the caller’s reason (C9, C11)', async () => {
    const ground = await open(() => ({ ends: 'silent' }));
    const controller = new AbortController();
    const course = follow(ground.client().get('/x', { signal: controller.signal }));
    await ground.until(() => ground.asked.length === 1);
    const reason = { why: 'enough' };
    controller.abort(reason);
    expect(course.error).toMatchObject({ kind: 'aborted', reason });
    expect((course.error as { reason: unknown }).reason).toBe(reason);
    await ground.until(() => ground.left === 1);
  });

  it('an error of the transport wins over one of the decoder, which carries the response (G6)', async () => {
    const ground = await open(({ path }) =>
      path === '/cut' ? { body: '{"a":', ends: 'cut' } : { body: '{"a":' },
    );
    const client = ground.client();
    expect(await errorOf(client.get('/cut'))).toMatchObject({ kind: 'network' });
    const error = await errorOf(client.get('/whole'));
    expect(
      isTaskError(error, 'decode') && [
        error.head?.status,
        new TextDecoder().decode(error.response?.body),
      ],
    ).toEqual([200, '{"a":']);
  });
});

describe('L5, closed errors', () => {
  it('a signal that is aborted already runs no interceptor and no factory, and answers at once (C9)', () => {
    const factory = unimplemented({ report: () => undefined });
    let ran = 0;
    const client = createClient({
      factory,
      interceptors: [(request, next) => (ran++, next(request))],
    });
    const course = follow(client.get('http://h/', { signal: AbortSignal.abort('gone') }));
    expect([
      course.lines,
      ran,
      factory.requests.length,
      (course.error as { reason: unknown }).reason,
    ]).toEqual([['error aborted ABORTED'], 0, 0, 'gone']);
  });

  it('leaves no listener on a signal that lives long', () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (
      listeners--,
      remove(...args)
    );
    const answers = [
      answer.json(200, 1),
      answer.status(500),
      answer.hang(),
      answer.fail('CONNECTION_RESET'),
      answer.cutAfter(1, answer.json(200, 12)),
    ];
    let turn = 0;
    const task = createClient({ factory: { make: () => answers[turn++ % answers.length]! } }).get(
      'http://h/',
      { signal },
    );
    for (let i = 0; i < 10_000; i++) task.subscribe({ error: () => undefined }).unsubscribe();
    expect([turn, listeners]).toEqual([10_000, 0]);
  });

  it('what an interceptor throws is a bug, and passes as it is', async () => {
    const bug = new TypeError('mine');
    expect(
      await errorOf(
        createClient({
          factory: unimplemented(),
          interceptors: [
            () => {
              throw bug;
            },
          ],
        }).get('http://h/'),
      ),
    ).toBe(bug);
  });
});
