import { afterEach, describe, expect, it } from '@jest/globals';
import { inspect, types } from 'node:util';
import axios, { type AxiosError } from 'axios';
import {
  type AxiosFactoryOptions,
  axiosFactory,
  createClient,
  deadline,
  isTaskError,
} from 'coldwire';
import { closedUrl } from '../contracts/closed-url.js';
import { handClock } from '../promises/hand-clock.js';
import { errorOf } from '../promises/outcome.js';
import {
  faultServer,
  type FaultServer,
  type FaultServerOptions,
  type Script,
} from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { malformed } from '../support/malformed.js';

const adapters: Readonly<Record<string, AxiosFactoryOptions>> = {
  'axios http': {},
  'axios fetch': { adapter: 'fetch' },
  'an axios instance': { instance: axios },
};

let server: FaultServer | undefined;
const serve = async (script?: Script, options?: FaultServerOptions): Promise<string> => {
  server = await faultServer(script, options);
  return server.url;
};
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

describe.each(Object.entries(adapters))('F6: what fails over %s', (_name, options) => {
  const client = createClient({ factory: axiosFactory(options) });
  const failureOf = async (url: string): Promise<unknown> => {
    const error = await errorOf(client.get(url));
    expect(error.request?.url).toBe(new URL(url).href);
    return error.kind === 'network' ? [error.code, error.sent ? 'sent' : 'not sent'] : [error.kind];
  };

  it('by a refused connection is CONNECTION_REFUSED, not sent', async () => {
    expect(await failureOf(await closedUrl())).toEqual(['CONNECTION_REFUSED', 'not sent']);
  });

  it('by a name that does not resolve is DNS_FAILED, not sent', async () => {
    expect(await failureOf('http://nowhere.invalid/')).toEqual(['DNS_FAILED', 'not sent']);
  });

  it.each(['untrusted', 'expired', 'wrong-host'] as const)(
    'by a certificate that is %s is TLS_FAILED, not sent',
    async (tls) => {
      expect(await failureOf(await serve(faults.answers(200), { tls }))).toEqual([
        'TLS_FAILED',
        'not sent',
      ]);
    },
  );

  it('by a server that speaks no TLS is TLS_FAILED, not sent', async () => {
    const url = await serve(undefined, { connection: faults.connectionFaults.plainText });
    expect(await failureOf(url.replace('http:', 'https:'))).toEqual(['TLS_FAILED', 'not sent']);
  });

  it.each<[string, Script]>([
    ['a reset before the head', faults.resetsBeforeHead()],
    ['a close before the head', faults.cutsBeforeHead()],
    ['a reset in the head', faults.breaksInHead('reset')],
  ])('by %s is CONNECTION_RESET, sent', async (_fault, script) => {
    expect(await failureOf(await serve(script))).toEqual(['CONNECTION_RESET', 'sent']);
  });

  it.each<[string, Script]>([
    ['a reset after the head', faults.breaksAfterHead('reset')],
    ['a close in the body', faults.breaksInBody('cut')],
    ['a reset in the body', faults.breaksInBody('reset')],
    ['a reset between chunks', faults.breaksInChunks('reset')],
  ])('by %s is BODY_TRUNCATED', async (_fault, script) => {
    expect(await failureOf(await serve(script))).toEqual(['BODY_TRUNCATED', 'sent']);
  });

  it.each([
    'no status line',
    'two Content-Length that differ',
    'a negative Content-Length',
    'a status of letters',
  ])('by %s is MALFORMED_RESPONSE', async (what) => {
    expect(await failureOf(await serve(faults.sends(malformed[what] ?? '')))).toEqual([
      'MALFORMED_RESPONSE',
      'sent',
    ]);
  });

  it('by a status is a status, by malformed JSON a decode error', async () => {
    expect(
      await failureOf(
        await serve(
          faults.byPath({ '/503': faults.answers(503), '/json': faults.answers(200, {}, '{') }),
        ),
      ),
    ).toEqual(['status']);
    expect(await failureOf(`${server?.url ?? ''}/503`)).toEqual(['status']);
    expect(await failureOf(`${server?.url ?? ''}/json`)).toEqual(['decode']);
  });

  it.each<[string, Script, object]>([
    [
      'an answer that does not come (responseMs)',
      faults.neverAnswers(),
      { phase: 'response', afterMs: 50 },
    ],
    ['a body that stalls (idleMs)', faults.breaksInBody('stall'), { phase: 'idle', afterMs: 50 }],
  ])('F4: by %s is a timeout', async (_fault, script, fields) => {
    const clock = handClock();
    const timed = client.with(
      { scheduler: clock.scheduler },
      deadline({ responseMs: 50, idleMs: 50, totalMs: 5_000 }),
    );
    const url = await serve(script);
    const heads = timed.get(url).events;
    const failed = new Promise((resolve) => {
      heads.subscribe({
        next: ({ type }) => {
          if (type === 'chunk') clock.advance(50);
        },
        error: resolve,
      });
    });
    await server?.next();
    if (script.length === 1 && (fields as { phase: string }).phase === 'response')
      clock.advance(50);
    expect(await failed).toMatchObject({ kind: 'timeout', ...fields });
    await server?.unconnected();
  });

  it('keeps the original error as its cause, without the config, request and response of axios', async () => {
    const error = await errorOf(
      client.get(await closedUrl(), { headers: { Authorization: 'Bearer seCRet-7' } }),
    );
    expect(types.isNativeError(error.cause)).toBe(true);
    expect(Object.keys(error.cause as object)).not.toEqual(expect.arrayContaining(['config']));
    expect(inspect(error.cause, { depth: 10, showHidden: true })).not.toContain('seCRet-7');
  });
});

describe('bare axios', () => {
  it('tells the same failure by other codes on each adapter, and keeps the credentials in its error', async () => {
    const url = await closedUrl();
    const failed = (adapter: string): Promise<AxiosError> =>
      axios.get(url, { adapter, headers: { Authorization: 'Bearer seCRet-7' } }).then(
        () => {
          throw new Error('it did not fail');
        },
        (error: unknown) => error as AxiosError,
      );
    const [overHttp, overFetch] = [await failed('http'), await failed('fetch')];
    expect([overHttp.code, overFetch.code]).toEqual(['ECONNREFUSED', 'ERR_NETWORK']);
    expect(JSON.stringify(overHttp)).toContain('seCRet-7');
    expect(isTaskError(overHttp)).toBe(false);
  });
});
