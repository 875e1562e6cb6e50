import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { authenticate, basic, bearer, logTasks, toCurl } from '../../src/index.js';
import { courseOf, errorOf } from './course.js';
import { type Reply, everyGround } from './grounds.js';

const SECRETS = {
  bearer: 'hush-bearer',
  cookie: 'hush-cookie',
  key: 'hush-key',
  query: 'hush-query',
};
const headers = {
  Authorization: `Bearer ${SECRETS.bearer}`,
  Cookie: `sid=${SECRETS.cookie}`,
  'X-Api-Key': SECRETS.key,
};
const path = `/x?token=${SECRETS.query}`;

describe.each(everyGround())('L9, credentials stay home, on %s', (_name, open) => {
  it.each([301, 302, 303, 307, 308])(
    'a redirect with %i to another origin takes none along',
    async (status) => {
      let target = '';
      const ground = await open(({ origin }) =>
        origin === 'home' ? { status, headers: { location: target } } : { body: '"there"' },
      );
      target = `${ground.otherUrl}/there`;
      expect(
        await courseOf(
          ground
            .client()
            .post(
              '/x',
              { a: 1 },
              { headers: { ...headers, 'X-Own': '1', 'Proxy-Authorization': 'Basic x' } },
            ),
        ),
      ).toEqual(['value "there"', 'complete']);
      const [, abroad] = ground.asked;
      expect([
        abroad?.origin,
        ...['authorization', 'cookie', 'x-api-key', 'x-own', 'proxy-authorization'].map((name) =>
          abroad?.header(name),
        ),
      ]).toEqual(['other', undefined, undefined, undefined, undefined, undefined]);
    },
  );

  it('a policy puts a credential only on requests to its own origin', async () => {
    const ground = await open(() => ({ status: 204 }));
    const auth = authenticate({ credential: SECRETS.bearer, apply: bearer });
    for (const policy of [auth, basic('ada', SECRETS.key)]) {
      const client = ground.client({ interceptors: [policy] });
      await courseOf(client.get('/home'));
      await courseOf(client.get(`${ground.otherUrl}/abroad`));
    }
    const told = ground.asked.map(({ origin, header }) => [
      origin,
      header('authorization') !== undefined,
    ]);
    expect(told).toEqual([
      ['home', true],
      ['other', false],
      ['home', true],
      ['other', false],
    ]);
  });

  it.each<[string, Reply]>([
    [
      'a refusal that echoes them',
      {
        status: 500,
        headers: { 'content-type': 'text/plain', 'x-echo': SECRETS.key },
        body: Object.values(SECRETS).join(' '),
      },
    ],
    ['a body that breaks off', { body: '[', ends: 'cut' }],
    ['a broken connection', { ends: 'reset' }],
    ['bad JSON', { body: `{"a": ${SECRETS.key}` }],
    [
      'a redirect that is refused',
      { status: 302, headers: { location: `ftp://user:${SECRETS.key}@h/?token=${SECRETS.query}` } },
    ],
  ])('no error tells them: %s', async (_what, reply) => {
    const ground = await open(() => reply);
    const lines: string[] = [];
    const client = ground.client({ interceptors: [logTasks((line) => lines.push(line))] });
    const error = (await errorOf(client.get(path, { headers }))) as Error;
    const told = [
      error.message,
      error.stack,
      JSON.stringify(error),
      inspect(error),
      inspect({ error }, { depth: 9 }),
      String(error),
      ...lines,
    ].join('\n');
    for (const secret of Object.values(SECRETS)) expect(told).not.toContain(secret);
    expect(lines).toHaveLength(1);
  });

  it('no command line tells them', async () => {
    const ground = await open(() => ({ status: 204 }));
    const curls: string[] = [];
    await courseOf(
      ground
        .client({ interceptors: [(request, next) => (curls.push(toCurl(request)), next(request))] })
        .get(path, { headers }),
    );
    expect([
      curls.length,
      Object.values(SECRETS).filter((secret) => curls[0]?.includes(secret)),
    ]).toEqual([1, []]);
  });
});
