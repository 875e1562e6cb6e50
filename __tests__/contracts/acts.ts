/** Part of the contract that also runs in a browser: nothing of Node here. */
import { Observable, firstValueFrom, forkJoin, interval, map, take, tap } from 'rxjs';
import { type Client, type TaskEvent, asBytes, asText, retryTransient } from 'coldwire';
import { courseOf, eventTypes, overheard, text } from './observe.js';

/** What an act is given: a client whose base is the server, and the server's word. */
export interface Stage {
  readonly client: Client;
  /** Where nobody listens. */
  readonly closedUrl: string;
  /** Resolves when the server has said so. */
  until(word: string): Promise<void>;
  /** Says so to the server. */
  tell(word: string): Promise<void>;
}

/** One thing that is done with a client; what it returns is JSON. */
export type Act = (stage: Stage) => Promise<unknown>;

const chunked = (...parts: string[]): (() => AsyncIterable<Uint8Array>) =>
  async function* () {
    for (const part of parts) yield new TextEncoder().encode(part);
  };

export const acts = {
  json: ({ client }) => courseOf(client.get('/json')),

  events: async ({ client }) => {
    const { values, ending } = await courseOf(client.get('/json').events);
    const events = values as TaskEvent[];
    const head = events.find((event) => event.type === 'head')?.head;
    return { types: eventTypes(events), ending, status: head?.status, type: head?.headers.get('content-type') };
  },

  empty: ({ client }) => courseOf(client.delete('/empty')),

  head: ({ client }) =>
    courseOf(client.head('/head', { decode: asText }).response, ({ status, headers, body }: { status: number; headers: Headers; body: string }) => ({ status, length: headers.get('content-length'), body })),

  notFound: ({ client }) => courseOf(client.get('/missing')),

  notFoundAsBytes: ({ client }) => courseOf(client.get('/missing').bytes),

  malformedJson: ({ client }) => courseOf(client.get('/malformed')),

  cut: ({ client }) => courseOf(client.get('/cut', { decode: asText })),

  cutChunks: ({ client }) => courseOf(client.get('/cut', { decode: asText })),

  cutBeforeHead: ({ client }) => courseOf(client.get('/gone')),

  resetBeforeHead: ({ client }) => courseOf(client.post('/gone', {})),

  refused: ({ client, closedUrl }) => courseOf(client.get(closedUrl)),

  leaveBeforeHead: async ({ client, until }) => {
    const { heard, late, subscription } = overheard(client.get('/hang'));
    await until('asked');
    subscription.unsubscribe();
    await until('closed');
    return { heard, late };
  },

  leaveInBody: async ({ client, until }) => {
    const { late, subscription } = overheard(client.get('/half').bytes);
    await until('half');
    subscription.unsubscribe();
    await until('closed');
    return { late };
  },

  leaveBufferedBody: async ({ client, until }) => {
    const { heard, late, subscription } = overheard(client.get('/half', { decode: asText }));
    await until('half');
    subscription.unsubscribe();
    await until('closed');
    return { heard, late };
  },

  firstOfTwoLeaves: async ({ client, until, tell }) => {
    // A browser lets identical GETs wait for each other.
    const task = client.post('/two');
    const first = overheard(task);
    await until('asked');
    const second = courseOf(task);
    await until('asked twice');
    first.subscription.unsubscribe();
    await until('one closed');
    await tell('answer');
    return { first: first.heard, late: first.late, second: await second };
  },

  leaveInTheSameTick: async ({ client }) => {
    const { heard, late, subscription } = overheard(client.get('/never'));
    subscription.unsubscribe();
    const next = await courseOf(client.get('/next'));
    return { heard, late, next };
  },

  abortedBefore: async ({ client }) => {
    const before = await courseOf(client.get('/never', { signal: AbortSignal.abort('enough') }));
    return { before, next: await courseOf(client.get('/next')) };
  },

  abortedInFlight: async ({ client, until }) => {
    const controller = new AbortController();
    const course = courseOf(client.get('/hang', { signal: controller.signal }));
    await until('asked');
    controller.abort('enough');
    await until('closed');
    return course;
  },

  promiseAborts: async ({ client, until }) => {
    const controller = new AbortController();
    const value = firstValueFrom(client.get('/hang', { signal: controller.signal })).catch((error: unknown) => (error as { kind: string }).kind);
    await until('asked');
    controller.abort();
    await until('closed');
    return value;
  },

  breakCloses: async ({ client, until }) => {
    let first = '';
    for await (const bytes of client.get('/half').bytes) {
      first = text(bytes);
      break;
    }
    await until('closed');
    return first;
  },

  streamed: async ({ client, tell }) => {
    const parts: string[] = [];
    const told = client.get('/drip').bytes.pipe(tap((bytes) => { parts.push(text(bytes)); void tell(`got ${String(parts.length)}`); }));
    const { ending } = await courseOf(told, () => null);
    return { parts, ending };
  },

  wholeBodies: ({ client }) =>
    courseOf(
      forkJoin({
        text: client.post('/echo', 'grüße'),
        json: client.post('/echo', { name: 'Ada' }),
        bytes: client.post('/echo', Uint8Array.of(1, 2, 255)),
        blob: client.post('/echo', new Blob(['in a blob'], { type: 'text/x-blob' })),
        params: client.post('/echo', new URLSearchParams({ q: 'a b&c' })),
        named: client.post('/echo', 'kept', { headers: { 'Content-Type': 'text/x-mine' } }),
        none: client.post('/echo'),
        put: client.put('/echo', 'put'),
        patch: client.patch('/echo', 'patch'),
        deleted: client.delete('/echo', { body: 'deleted' }),
      }),
    ),

  form: ({ client }) => {
    const form = new FormData();
    form.append('plain', 'a\nb');
    form.append('quo"ted\r\n', 'ü');
    form.append('file', new Blob(['content'], { type: 'text/x-file' }), 'na"me.txt');
    form.append('empty', new Blob([]), 'e');
    return courseOf(client.post('/form', form));
  },

  recipe: ({ client }) => courseOf(client.post('/echo', chunked('one ', 'two ', 'three'))),

  observableBody: ({ client }) => courseOf(client.post('/echo', () => interval(1).pipe(take(3), map((n) => new TextEncoder().encode(String(n)))))),

  redirect: ({ client }) => courseOf(client.get('/first').response, ({ url, body }: { url: string; body: unknown }) => ({ path: new URL(url).pathname, body })),

  informational: ({ client }) => courseOf(client.get('/hinted')),

  undelimited: ({ client }) => courseOf(client.get('/undelimited', { decode: asText })),

  mebibyte: async ({ client }) => {
    const { values } = await courseOf(client.get('/mebibyte', { decode: asBytes }), (bytes: Uint8Array) => [bytes.byteLength, bytes.reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7)]);
    return values;
  },

  compressed: ({ client }) => courseOf(client.get('/compressed')),

  uploadProgress: async ({ client }) => {
    const { values } = await courseOf(client.post('/echo-length', new Uint8Array(300_000)).events);
    const loaded = (values as TaskEvent[]).flatMap((event) => (event.type === 'upload' ? [event] : []));
    const rises = loaded.every((event, at) => event.loaded > (loaded[at - 1]?.loaded ?? 0));
    return { rises, last: loaded.at(-1) };
  },

  downloadProgress: async ({ client }) => {
    const { values } = await courseOf(client.get('/mebibyte').events);
    const loaded = (values as TaskEvent[]).flatMap((event) => (event.type === 'download' ? [event] : []));
    const rises = loaded.every((event, at) => event.loaded > (loaded[at - 1]?.loaded ?? 0));
    return { rises, last: loaded.at(-1) };
  },

  many: async ({ client }) => {
    const ids = Array.from({ length: 60 }, (_, id) => id);
    const { values } = await courseOf(forkJoin(ids.map((id) => client.get<{ id: number }>(`/item/${String(id)}`))), (items: { id: number }[]) => items.every((item, at) => item.id === at));
    return values;
  },

  retried: async ({ client }) => {
    const { values, ending } = await courseOf(client.with(retryTransient({ baseDelayMs: 1 })).get('/flaky').events);
    const sent = (values as TaskEvent[]).flatMap((event) => (event.type === 'sent' ? [event.attempt] : []));
    return { types: eventTypes(values).filter((type) => type !== 'download'), sent, ending };
  },

  headers: ({ client }) => courseOf(client.get('/headers', { headers: { 'X-Mine': 'yes', 'X-List': ['a', 'b'] } })),

  failingRecipe: ({ client }) =>
    courseOf(client.post('/never', () => { throw new Error('no file'); })).then(async (course) => ({ course, next: await courseOf(client.get('/next')) })),

  observableOnce: async ({ client }) => {
    let opened = 0;
    const task = client.post('/echo', () => new Observable<Uint8Array>((subscriber) => { opened++; subscriber.next(Uint8Array.of(65)); subscriber.complete(); }));
    const before = opened;
    await courseOf(task);
    return { before, opened };
  },
} satisfies Record<string, Act>;

export type ActName = keyof typeof acts;
