import { gzipSync } from 'node:zlib';
import type { Exchange } from '../support/exchange.js';
import {
  answers,
  breaksInBody,
  breaksInChunks,
  byPath,
  cutsBeforeHead,
  inTurn,
  resetsBeforeHead,
  type Ending,
} from '../support/faults.js';
import type { Script } from '../support/fault-server.js';
import type { ActName } from './acts.js';

/** Words between a test's server and its client. */
export interface Words {
  say(word: string): void;
  said(word: string): Promise<void>;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const json = (value: unknown): Script => answers(200, JSON_TYPE, JSON.stringify(value));

export const mebibyte = Buffer.from(
  Uint8Array.from({ length: 1_048_576 }, (_, at) => (at * 7) % 251),
);

const echo: Script = async (exchange) => {
  const body = await exchange.readBody();
  const { method, headers } = exchange.request;
  const { 'content-type': type = null } = headers;
  await exchange.respond(
    200,
    JSON_TYPE,
    JSON.stringify({ method, type, body: body.toString('latin1') }),
  );
};

/** Says that it was asked, and that its client has closed. */
const hangs =
  (words: Words): Script =>
  async (exchange) => {
    words.say('asked');
    await exchange.stall();
    words.say('closed');
  };

const half =
  (words: Words): Script =>
  async (exchange) => {
    await exchange.head(200, { 'content-length': 100, 'content-type': 'text/plain' });
    await exchange.body('half ');
    words.say('half');
    await exchange.stall();
    words.say('closed');
  };

const two = (words: Words): Script =>
  inTurn(
    async (exchange) => {
      words.say('asked');
      await exchange.stall();
      words.say('one closed');
    },
    async (exchange) => {
      words.say('asked twice');
      await words.said('answer');
      await json('second')(exchange);
    },
  );

const drip =
  (words: Words): Script =>
  async (exchange) => {
    await exchange.head(200, { 'transfer-encoding': 'chunked' });
    for (const n of [1, 2, 3]) {
      await exchange.chunk(`part ${String(n)}`);
      await words.said(`got ${String(n)}`);
    }
    await exchange.lastChunk();
    exchange.keepAlive();
  };

const afterHints: Script = async (exchange: Exchange) => {
  await exchange.raw('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');
  await json('hinted')(exchange);
};

const breaks = (script: (then: Ending) => Script): Script => script('cut');

/** What the server does, for each act. */
export const scripts: Readonly<Record<ActName, (words: Words) => Script>> = {
  json: () => json({ id: 1 }),
  events: () => json({ id: 1 }),
  empty: () => answers(204),
  head: () => answers(200, { 'content-length': 5 }),
  notFound: () => answers(404, { 'content-type': 'text/plain' }, 'no such thing'),
  notFoundAsBytes: () => answers(404, { 'content-type': 'text/plain' }, 'no such thing'),
  malformedJson: () => answers(200, JSON_TYPE, '{"id": 1,'),
  cut: () => breaks(breaksInBody),
  cutChunks: () => breaks(breaksInChunks),
  cutBeforeHead: cutsBeforeHead,
  resetBeforeHead: resetsBeforeHead,
  refused: () => answers(200),
  leaveBeforeHead: hangs,
  leaveInBody: half,
  leaveBufferedBody: half,
  firstOfTwoLeaves: two,
  leaveInTheSameTick: () => json('next'),
  abortedBefore: () => json('next'),
  abortedInFlight: hangs,
  promiseAborts: hangs,
  breakCloses: half,
  streamed: drip,
  wholeBodies: () => echo,
  form: () => echo,
  recipe: () => echo,
  observableBody: () => echo,
  redirect: () =>
    byPath({ '/first': answers(302, { location: '/second' }), '/second': json('there') }),
  informational: () => afterHints,
  undelimited: () => async (exchange) => {
    await exchange.head(200, { 'content-type': 'text/plain' });
    await exchange.body('to the end');
    await exchange.end();
  },
  mebibyte: () => answers(200, { 'content-type': 'application/octet-stream' }, mebibyte),
  compressed: () =>
    answers(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }, gzipSync('{"id":"unpacked"}')),
  uploadProgress: () => async (exchange) => json((await exchange.readBody()).length)(exchange),
  downloadProgress: () => answers(200, { 'content-type': 'application/octet-stream' }, mebibyte),
  many: () => (exchange) => json({ id: Number(exchange.request.path.split('/').at(-1)) })(exchange),
  retried: () => inTurn(answers(503), answers(503), json('at last')),
  headers: () => async (exchange) => {
    const { 'x-mine': mine, 'x-list': list, accept } = exchange.request.headers;
    await json({ mine, list, accept })(exchange);
  },
  failingRecipe: () => json('next'),
  observableOnce: () => echo,
};
