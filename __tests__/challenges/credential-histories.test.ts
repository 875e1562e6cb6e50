import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Observable, defer, map, of } from 'rxjs';
import { type TaskEvent, type TaskRequest, createClient } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import type { ChallengeQuestion } from '../../src/challenges/challenge-options.js';
import type { Credential } from '../../src/challenges/credential.js';
import { memoryStorage } from '../../src/challenges/credential-storage.js';
import type { ProtectionSpace } from '../../src/challenges/protection-space.js';
import { answer } from '../../src/testing/index.js';
import { failure, params } from './guarded.js';

const ORIGINS = ['https://a.test', 'https://a.test:444', 'http://a.test', 'https://b.test'];
const PROXY = 'http://proxy.test:3128';
const FOLDERS = ['/', '/x/', '/x/deep/', '/y/'];
const SCHEMES = ['basic', 'digest', 'bearer'] as const;

type Scheme = (typeof SCHEMES)[number];

/** What stands in one folder of one origin. */
interface Place {
  readonly origin: string;
  readonly folder: string;
  readonly realm: string;
  readonly scheme: Scheme;
  /** Where it leads those that it lets in. */
  readonly to: number | undefined;
}

type Step =
  | { readonly does: 'ask'; readonly places: readonly number[]; readonly body: boolean }
  | { readonly does: 'change'; readonly place: number };

const places = fc.tuple(
  ...ORIGINS.flatMap((origin) =>
    FOLDERS.map((folder) =>
      fc.record({
        origin: fc.constant(origin),
        folder: fc.constant(folder),
        realm: fc.constantFrom('one', 'two'),
        scheme: fc.constantFrom(...SCHEMES),
        to: fc.option(fc.nat(ORIGINS.length * FOLDERS.length - 1), { nil: undefined, freq: 3 }),
      }),
    ),
  ),
);
const place = fc.nat(ORIGINS.length * FOLDERS.length - 1);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constant('ask' as const),
      places: fc.array(place, { minLength: 1, maxLength: 4 }),
      body: fc.boolean(),
    }),
    fc.record({ does: fc.constant('change' as const), place }),
  ),
  { maxLength: 12 },
);

/** Servers of several origins, whose credentials say whose they are, and that note who sends them what. */
class World {
  readonly leaks: string[] = [];
  sent = 0;
  letIn = 0;
  readonly #places: readonly Place[];
  readonly #versions = new Map<string, number>();
  /** The folders where a space was met, so far. */
  readonly #met = new Map<string, Set<string>>();

  constructor(all: readonly Place[]) {
    this.#places = all;
  }

  static spaceOf({
    origin,
    realm,
    scheme,
  }: Pick<ProtectionSpace, 'origin' | 'realm' | 'scheme'>): string {
    return `${origin}|${realm}|${scheme}`;
  }

  change(n: number): void {
    const space = World.spaceOf(this.#places[n]!);
    this.#versions.set(space, (this.#versions.get(space) ?? 0) + 1);
  }

  /** The name of its user, as plain text: the space is readable in whatever is sent. */
  userOf(space: string): string {
    return Buffer.from(`${space}|${String(this.#versions.get(space) ?? 0)}`).toString('hex');
  }

  urlOf(n: number, file: string): string {
    return `${this.#places[n]!.origin}${this.#places[n]!.folder}${file}`;
  }

  readonly answer = ({ space }: ChallengeQuestion): Observable<Credential> => {
    if (space.proxy) return of({ user: 'proxy', password: 'p' });
    const user = this.userOf(World.spaceOf(space));
    return of(space.scheme === 'bearer' ? { token: user } : { user, password: 'p' });
  };

  readonly make = (request: TaskRequest): Observable<TaskEvent> =>
    defer(() => {
      const url = new URL(request.url);
      const here = this.#placeAt(url);
      const header = request.headers.get('authorization');
      const proxy = request.headers.get('proxy-authorization');
      if (proxy !== undefined && url.protocol === 'https:')
        this.leaks.push(`proxy over TLS: ${request.url}`);
      if (url.protocol === 'http:' && proxy === undefined)
        return answer.status(407, { headers: { 'proxy-authenticate': 'Basic realm="p"' } });
      if (header !== undefined) this.#check(header, url);
      const space = World.spaceOf(here);
      const isLetIn = header !== undefined && userIn(header) === this.userOf(space);
      if (isLetIn) return this.#open(here);
      const met = this.#met.get(space) ?? new Set();
      this.#met.set(space, met.add(here.folder));
      return answer.status(401, {
        url: request.url,
        headers: { 'www-authenticate': `${here.scheme} realm="${here.realm}", nonce="n"` },
      });
    });

  #open({ to }: Place): Observable<TaskEvent> {
    this.letIn += 1;
    return to === undefined
      ? answer.json(200, 1)
      : answer.status(307, { headers: { location: this.urlOf(to, 'moved') } });
  }

  /** A credential may go to its origin alone; of Basic and Bearer only below a folder that had asked for it. */
  #check(header: string, url: URL): void {
    this.sent += 1;
    const [origin = '', realm, scheme = ''] = Buffer.from(userIn(header) ?? '', 'hex')
      .toString()
      .split('|');
    const space = `${origin}|${realm ?? ''}|${scheme}`;
    const isHome =
      origin === url.origin &&
      header.toLowerCase().startsWith(`${scheme} `) &&
      (scheme === 'digest'
        ? this.#met.has(space)
        : [...(this.#met.get(space) ?? [])].some((folder) => url.pathname.startsWith(folder)));
    if (!isHome) this.leaks.push(`${space} to ${url.href}`);
  }

  #placeAt(url: URL): Place {
    return this.#places
      .filter(({ origin, folder }) => origin === url.origin && url.pathname.startsWith(folder))
      .reduce((best, other) => (other.folder.length > best.folder.length ? other : best));
  }
}

function userIn(header: string): string | undefined {
  if (/^Bearer /.test(header)) return header.slice('Bearer '.length);
  if (/^Basic /.test(header)) return atob(header.slice('Basic '.length)).split(':')[0];
  return params(header)['username'];
}

describe('whatever happens', () => {
  it('no credential reaches a space that it does not belong to (E11)', async () => {
    let sent = 0;
    let letIn = 0;
    await fc.assert(
      fc.asyncProperty(
        places,
        steps,
        fc.constantFrom('HEAD' as const, 'GET' as const, false as const),
        fc.constantFrom('session' as const, 'permanent' as const, 'none' as const),
        async (all, history, probe, persistence) => {
          const world = new World(all);
          const client = createClient({
            factory: { make: world.make },
            interceptors: [
              answerChallenges({
                storage: memoryStorage(),
                probe,
                proxyOrigin: PROXY,
                onChallenge: (question) =>
                  world.answer(question).pipe(map((given) => ({ ...given, persistence }))),
              }),
            ],
          });
          for (const step of history) {
            if (step.does === 'change') world.change(step.place);
            else
              await Promise.all(
                step.places.map((n, index) =>
                  failure(
                    step.body
                      ? client.put(world.urlOf(n, String(index)), 'x')
                      : client.get(world.urlOf(n, String(index))),
                  ),
                ),
              );
          }
          expect(world.leaks).toEqual([]);
          sent += world.sent;
          letIn += world.letIn;
        },
      ),
      { numRuns: 150 },
    );
    // It was not for want of credentials on the way.
    expect(letIn).toBeGreaterThan(100);
    expect(sent).toBeGreaterThan(letIn);
  });
});
