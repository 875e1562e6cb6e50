import { Observable, concat, from, map, NEVER, of, switchMap } from 'rxjs';
import type { DataTaskPublisher, TaskEvent, TaskRequest } from 'coldwire';
import { type Responder, answer } from 'coldwire/testing';
import type { ActName } from './acts.js';
import { type Words, mebibyte } from './scripts.js';

/** Says what it does when it is asked, and that its client has left. */
const telling = (
  words: Words,
  word: string,
  closed: string,
  publisher: DataTaskPublisher,
): DataTaskPublisher =>
  new Observable((subscriber) => {
    subscriber.add(() => words.say(closed));
    publisher.subscribe(subscriber);
    words.say(word);
  });

const json =
  (value: unknown): Responder =>
  () =>
    answer.json(200, value);
const hangs =
  (words: Words): Responder =>
  () =>
    telling(words, 'asked', 'closed', answer.hang());
const half =
  (words: Words): Responder =>
  () =>
    telling(words, 'half', 'closed', concat(answer.text(200, 'half '), NEVER));
const echo: Responder = (request) =>
  answer.afterBody(request, (body) =>
    answer.json(200, {
      method: request.method,
      type: typeOf(request, body),
      body: Buffer.from(body).toString('latin1'),
    }),
  );

function typeOf({ headers, body }: TaskRequest, received: Uint8Array): string | null {
  const boundary = /^--(\S+)\r\n/.exec(Buffer.from(received).toString('latin1'))?.[1];
  const own =
    body?.kind === 'form' ? `multipart/form-data; boundary=${String(boundary)}` : body?.contentType;
  return headers.get('content-type') ?? own ?? null;
}

function inTurn(...answers: DataTaskPublisher[]): Responder {
  let turn = 0;
  return () => answers[Math.min(turn++, answers.length - 1)]!;
}

function two(words: Words): Responder {
  let asked = 0;
  return () => {
    if (++asked === 1) return telling(words, 'asked', 'one closed', answer.hang());
    words.say('asked twice');
    return from(words.said('answer')).pipe(switchMap(() => answer.json(200, 'second')));
  };
}

const drip =
  (words: Words): Responder =>
  () => {
    const chunk = (n: number): TaskEvent => ({
      type: 'chunk',
      bytes: new TextEncoder().encode(`part ${String(n)}`),
    });
    const part = (n: number): DataTaskPublisher =>
      n === 1 ? of(chunk(n)) : from(words.said(`got ${String(n - 1)}`)).pipe(map(() => chunk(n)));
    return concat(answer.text(200, ''), part(1), part(2), part(3));
  };

const redirect: Responder = ({ url }) =>
  url.endsWith('/first')
    ? answer.status(302, { headers: { location: '/second' } })
    : answer.json(200, 'there');
const named: Responder = ({ headers }) =>
  answer.json(200, {
    mine: headers.get('x-mine'),
    list: headers.get('x-list'),
    accept: headers.get('accept') ?? 'application/json, text/plain, */*',
  });

/** What the fake answers, for each act: what the server does, said in answers. */
export const fakeScripts: Readonly<Record<ActName, (words: Words) => Responder>> = {
  json: () => json({ id: 1 }),
  events: () => () => answer.json(200, { id: 1 }, { progress: true }),
  empty: () => () => answer.status(204),
  head: () => () => answer.status(200, { headers: { 'content-length': '5' } }),
  notFound: () => () => answer.text(404, 'no such thing'),
  notFoundAsBytes: () => () => answer.text(404, 'no such thing'),
  malformedJson: () => () => answer.text(200, '{"id": 1,'),
  cut: () => () => answer.cutAfter(5, answer.text(200, 'half and more')),
  cutChunks: () => () => answer.cutAfter(4, answer.text(200, 'half')),
  cutBeforeHead: () => () => answer.fail('CONNECTION_RESET'),
  resetBeforeHead: () => () => answer.fail('CONNECTION_RESET'),
  refused: () => () => answer.fail('CONNECTION_REFUSED'),
  leaveBeforeHead: hangs,
  leaveInBody: half,
  leaveBufferedBody: half,
  firstOfTwoLeaves: two,
  leaveInTheSameTick:
    () =>
    ({ url }) =>
      url.endsWith('/next') ? answer.json(200, 'next') : answer.hang(),
  abortedBefore: () => json('next'),
  abortedInFlight: hangs,
  promiseAborts: hangs,
  breakCloses: half,
  streamed: drip,
  wholeBodies: () => echo,
  form: () => echo,
  recipe: () => echo,
  observableBody: () => echo,
  redirect: () => redirect,
  informational: () => json('hinted'),
  undelimited: () => () => answer.text(200, 'to the end'),
  mebibyte: () => () => answer.bytes(200, mebibyte),
  compressed: () => json({ id: 'unpacked' }),
  uploadProgress: () => (request) =>
    answer.afterBody(request, (body) => answer.json(200, body.byteLength)),
  downloadProgress: () => () => answer.bytes(200, mebibyte, { progress: true }),
  many:
    () =>
    ({ url }) =>
      answer.json(200, { id: Number(url.split('/').at(-1)) }),
  retried: () => inTurn(answer.status(503), answer.status(503), answer.json(200, 'at last')),
  headers: () => named,
  failingRecipe: () => (request) =>
    request.body === undefined
      ? answer.json(200, 'next')
      : answer.afterBody(request, () => answer.status(204)),
  observableOnce: () => echo,
};
