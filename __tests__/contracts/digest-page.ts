/** What is bundled from the packed package and runs in a page and in a worker of a browser: Digest. */
import {
  type AxiosFactoryOptions,
  TaskRequest,
  axiosFactory,
  createClient,
  recipeBody,
} from 'coldwire';
import { answerChallenges, digestScheme, parseChallenges } from 'coldwire/challenges';
import { of } from 'rxjs';
import { BODY, CNONCE, MUFASA, NONCE, REALM, VECTORS } from './digest-vectors.js';
import { courseOf } from './observe.js';

/** The answer to each vector's challenge, and whether the platform hashes too. */
async function digests(): Promise<unknown> {
  const answers: string[] = [];
  for (const { algorithm, qop } of VECTORS) {
    const [challenge] = parseChallenges([
      `Digest realm="${REALM}", qop="${qop}", algorithm=${algorithm}, nonce="${NONCE}"`,
    ]);
    if (challenge === undefined) throw new Error('no challenge');
    const session = digestScheme({ cnonce: () => CNONCE }).begin(challenge, MUFASA);
    const body = recipeBody(async function* () {
      for (const letter of BODY) yield new TextEncoder().encode(letter);
    });
    const request = new TaskRequest({ url: 'http://www.example.org/dir/index.html', body });
    answers.push((await session?.authorize(request)) ?? 'none');
  }
  return { answers, secure: isSecureContext };
}

/** Gets a URL behind Digest, and sends it a body. */
async function entered(url: string, options?: AxiosFactoryOptions): Promise<unknown> {
  const client = createClient({
    factory: axiosFactory(options),
    interceptors: [answerChallenges({ onChallenge: () => of(MUFASA) })],
  });
  return [await courseOf(client.get(url)), await courseOf(client.post(url, BODY))];
}

Object.assign(globalThis, { digests, entered });
