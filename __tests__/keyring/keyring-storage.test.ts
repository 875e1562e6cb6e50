import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type TaskRequest, createClient } from 'coldwire';
import { type ProtectionSpace, answerChallenges } from 'coldwire/challenges';
import { type KeyringOptions, type OpenEntry, keyringStorage } from 'coldwire/keyring';
import { answer } from 'coldwire/testing';
import fc from 'fast-check';
import { defer, firstValueFrom, lastValueFrom, of } from 'rxjs';

const staff: ProtectionSpace = {
  origin: 'https://a.com',
  realm: 'staff',
  scheme: 'digest',
  proxy: false,
};
const guests: ProtectionSpace = { ...staff, realm: 'guests' };
const abroad: ProtectionSpace = { ...staff, origin: 'https://b.com' };
const ada = { user: 'ada', password: 'correct horse' };
const bob = { user: 'bob', password: 'battery staple' };

/** A key chain in memory, slow as a real one. */
function chest(): { kept: Map<string, string>; open: OpenEntry } {
  const kept = new Map<string, string>();
  const open: OpenEntry = (service, account) => {
    const name = `${service}/${account}`;
    return {
      getPassword: async () => kept.get(name) ?? null,
      setPassword: async (text) => {
        await Promise.resolve();
        kept.set(name, text);
      },
      deleteCredential: async () => kept.delete(name),
    };
  };
  return { kept, open };
}

const failure = (source: Promise<unknown>): Promise<unknown> =>
  source.then(
    () => 'no failure',
    (cause: unknown) => cause,
  );

describe('credentials in a key chain', () => {
  it('one entry a space, and one that lists the spaces of an origin', async () => {
    const { kept, open } = chest();
    const storage = keyringStorage({ service: 'app', open });
    await storage.save(staff, ada, ['/in/']);
    await storage.save(guests, bob);
    await storage.save(abroad, bob);
    expect(await storage.find(staff)).toEqual(ada);
    expect(await storage.find({ ...staff, proxy: true })).toBeUndefined();
    expect(await storage.list('https://a.com')).toEqual([
      { space: staff, credential: ada, paths: ['/in/'] },
      { space: guests, credential: bob, paths: [] },
    ]);
    expect([...kept.keys()].sort()).toEqual([
      'app/["https://a.com","guests","digest",false]',
      'app/["https://a.com","staff","digest",false]',
      'app/["https://b.com","staff","digest",false]',
      'app/spaces of https://a.com',
      'app/spaces of https://b.com',
    ]);
  });

  it('what is removed leaves nothing behind', async () => {
    const { kept, open } = chest();
    const storage = keyringStorage({ service: 'app', open });
    await storage.save(staff, ada);
    await storage.save(guests, bob);
    await storage.remove(staff);
    expect(await storage.find(staff)).toBeUndefined();
    expect(await storage.list('https://a.com')).toHaveLength(1);
    await storage.remove(guests);
    await storage.remove(guests);
    expect(kept.size).toBe(0);
  });

  it('saving again replaces, and a realm may be of any length and of any characters', async () => {
    const { kept, open } = chest();
    const storage = keyringStorage({ service: 'app', open });
    const long = { ...staff, realm: `${'x'.repeat(5000)}"\u0000é` };
    const other = { ...long, realm: `${long.realm}!` };
    await storage.save(long, ada);
    await storage.save(long, bob);
    await storage.save(other, ada);
    expect(await storage.find(long)).toEqual(bob);
    expect(await storage.find(other)).toEqual(ada);
    expect(await storage.list('https://a.com')).toHaveLength(2);
    for (const name of kept.keys()) expect(name.length).toBeLessThan(256);
  });

  it('changes at once do not overtake each other: any history ends as it would one by one', async () => {
    const spaces = [staff, guests, abroad];
    const step = fc.record({ at: fc.nat(2), who: fc.constantFrom(ada, bob, undefined) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const storage = keyringStorage({ service: 'app', open: chest().open });
        const expected = new Map<number, unknown>();
        await Promise.all(
          steps.map(({ at, who }) => {
            expected.set(at, who);
            return who === undefined ? storage.remove(spaces[at]!) : storage.save(spaces[at]!, who);
          }),
        );
        for (const [at, who] of expected) expect(await storage.find(spaces[at]!)).toEqual(who);
        const known = [
          ...(await storage.list('https://a.com')),
          ...(await storage.list('https://b.com')),
        ];
        expect(known).toHaveLength(
          [...expected.values()].filter((who) => who !== undefined).length,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('answers challenges: a permanent credential goes there, and the next client’s first request carries it', async () => {
    const { open } = chest();
    const sent: (string | undefined)[] = [];
    const make = (request: TaskRequest) =>
      defer(() => {
        sent.push(request.headers.get('authorization'));
        return request.headers.has('authorization')
          ? answer.json(200, 'in')
          : answer.status(401, { headers: { 'www-authenticate': 'Basic realm="staff"' } });
      });
    const clientWith = (storage: ReturnType<typeof keyringStorage>) =>
      createClient({
        baseUrl: 'https://a.com',
        factory: { make },
        interceptors: [
          answerChallenges({
            storage,
            onChallenge: () => of({ ...ada, persistence: 'permanent' }),
          }),
        ],
      });
    await firstValueFrom(clientWith(keyringStorage({ service: 'app', open })).get('/in'));
    expect(sent).toEqual([undefined, expect.stringMatching(/^Basic /)]);
    await firstValueFrom(clientWith(keyringStorage({ service: 'app', open })).get('/in'));
    expect(sent).toHaveLength(3);
    expect(sent[2]).toBe(sent[1]);
  });
});

describe('what goes wrong is a typed error that names the entry', () => {
  it.each([
    ['no JSON', 'nonsense'],
    ['another space', JSON.stringify({ space: guests, credential: ada, paths: [] })],
    ['no credential', JSON.stringify({ space: staff, credential: {}, paths: [] })],
    ['paths that are none', JSON.stringify({ space: staff, credential: ada, paths: [7] })],
    ['null', 'null'],
  ])('an entry with %s', async (_what, text) => {
    const { kept, open } = chest();
    const storage = keyringStorage({ service: 'app', open });
    await storage.save(staff, ada);
    const name = 'app/["https://a.com","staff","digest",false]';
    kept.set(name, text);
    const expected = {
      kind: 'auth',
      code: 'KEYRING_CORRUPT',
      message:
        'the entry ["https://a.com","staff","digest",false] of the key chain is damaged: it is no credential of its space (service app)',
    };
    expect(await failure(storage.find(staff))).toMatchObject(expected);
    expect(await failure(storage.list('https://a.com'))).toMatchObject(expected);
    await storage.save(staff, bob);
    expect(await storage.find(staff)).toEqual(bob);
  });

  it.each(['nonsense', '{}', JSON.stringify([abroad]), '[null]'])(
    'a list that is %s',
    async (text) => {
      const { kept, open } = chest();
      const storage = keyringStorage({ service: 'app', open });
      kept.set('app/spaces of https://a.com', text);
      expect(await failure(storage.list('https://a.com'))).toMatchObject({
        code: 'KEYRING_CORRUPT',
        message: expect.stringContaining('spaces of https://a.com'),
      });
    },
  );

  it('an entry that the list names and that is gone is none', async () => {
    const { kept, open } = chest();
    const storage = keyringStorage({ service: 'app', open });
    await storage.save(staff, ada);
    kept.delete('app/["https://a.com","staff","digest",false]');
    expect(await storage.list('https://a.com')).toEqual([]);
  });

  it.each([
    ['list', 'read'],
    ['find', 'read'],
    ['save', 'written'],
    ['remove', 'removed'],
  ] as const)(
    'no key chain to %s: it could not be %s, and tells no secret',
    async (method, what) => {
      const open = (): never => {
        throw new Error(`locked, with ${ada.password} in hand`);
      };
      const storage = keyringStorage({ service: 'app', open });
      const calls = {
        list: () => storage.list('https://a.com'),
        find: () => storage.find(staff),
        save: () => storage.save(staff, ada),
        remove: () => storage.remove(staff),
      };
      const error = await failure(calls[method]());
      expect(error).toMatchObject({
        kind: 'auth',
        code: 'KEYRING_UNAVAILABLE',
        message: expect.stringMatching(new RegExp(`could not be ${what}: locked`)),
      });
      if (method === 'save')
        expect(inspect(error) + JSON.stringify(error)).not.toContain(ada.password);
    },
  );

  it('fails the task that needs it', async () => {
    const open = (): never => {
      throw new Error('locked');
    };
    const client = createClient({
      factory: { make: () => answer.json(200, 'in') },
      interceptors: [answerChallenges({ storage: keyringStorage({ service: 'app', open }) })],
    });
    expect(await failure(lastValueFrom(client.get('https://a.com/')))).toMatchObject({
      kind: 'auth',
      code: 'KEYRING_UNAVAILABLE',
    });
  });

  it.each([
    [{}, 'keyringStorage.service'],
    [{ service: '' }, 'keyringStorage.service'],
    [{ service: 'a', linuxStore: 'drawer' }, 'keyringStorage.linuxStore'],
    [{ service: 'a', open: 'sesame' }, 'keyringStorage.open'],
    [{ service: 'a', key: 1 }, 'keyringStorage.key'],
    [null, 'keyringStorage'],
  ])('%j is refused when it is made', (options, field) => {
    const make = (): unknown => keyringStorage(options as unknown as KeyringOptions);
    expect(make).toThrow(expect.objectContaining({ kind: 'request', field }));
  });
});
