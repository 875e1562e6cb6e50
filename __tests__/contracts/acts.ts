/** Part of the contract that also runs in a browser: nothing of Node here. */
import { firstValueFrom, forkJoin, tap } from 'rxjs';
import { type TaskEvent, asBytes, asText, retryTransient } from 'coldwire';
import type { Act } from './act.js';
import { courseOf, eventTypes, overheard, text } from './observe.js';
import { sendingActs } from './sending-acts.js';

export const acts = {
  json: ({ client }) => courseOf(client.get('/json')),

  events: async ({ client }) => {
    const { values, ending } = await courseOf(client.get('/json').events);
    const events = values as TaskEvent[];
    const head = events.find((event) => event.type === 'head')?.head;
    return {
      types: eventTypes(events),
      ending,
      status: head?.status,
      type: head?.headers.get('content-type'),
    };
  },

  empty: ({ client }) => courseOf(client.delete('/empty')),

  head: ({ client }) =>
    courseOf(
      client.head('/head', { decode: asText }).response,
      ({ status, headers, body }: { status: number; headers: Headers; body: string }) => ({
        status,
        length: headers.get('content-length'),
        body,
      }),
    ),

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
    const value = firstValueFrom(client.get('/hang', { signal: controller.signal })).catch(
      (error: unknown) => (error as { kind: string }).kind,
    );
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
    const told = client.get('/drip').bytes.pipe(
      tap((bytes) => {
        parts.push(text(bytes));
        void tell(`got ${String(parts.length)}`);
      }),
    );
    const { ending } = await courseOf(told, () => null);
    return { parts, ending };
  },

  redirect: ({ client }) =>
    courseOf(client.get('/first').response, ({ url, body }: { url: string; body: unknown }) => ({
      path: new URL(url).pathname,
      body,
    })),

  informational: ({ client }) => courseOf(client.get('/hinted')),

  undelimited: ({ client }) => courseOf(client.get('/undelimited', { decode: asText })),

  mebibyte: async ({ client }) => {
    const { values } = await courseOf(
      client.get('/mebibyte', { decode: asBytes }),
      (bytes: Uint8Array) => [
        bytes.byteLength,
        bytes.reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7),
      ],
    );
    return values;
  },

  compressed: ({ client }) => courseOf(client.get('/compressed')),

  downloadProgress: async ({ client }) => {
    const { values } = await courseOf(client.get('/mebibyte').events);
    const loaded = (values as TaskEvent[]).flatMap((event) =>
      event.type === 'download' ? [event] : [],
    );
    const rises = loaded.every((event, at) => event.loaded > (loaded[at - 1]?.loaded ?? 0));
    return { rises, last: loaded.at(-1) };
  },

  many: async ({ client }) => {
    const ids = Array.from({ length: 60 }, (_, id) => id);
    const { values } = await courseOf(
      forkJoin(ids.map((id) => client.get<{ id: number }>(`/item/${String(id)}`))),
      (items: { id: number }[]) => items.every((item, at) => item.id === at),
    );
    return values;
  },

  retried: async ({ client }) => {
    const { values, ending } = await courseOf(
      client.with(retryTransient({ baseDelayMs: 1 })).get('/flaky').events,
    );
    const sent = (values as TaskEvent[]).flatMap((event) =>
      event.type === 'sent' ? [event.attempt] : [],
    );
    return { types: eventTypes(values).filter((type) => type !== 'download'), sent, ending };
  },

  headers: ({ client }) =>
    courseOf(client.get('/headers', { headers: { 'X-Mine': 'yes', 'X-List': ['a', 'b'] } })),

  ...sendingActs,
} satisfies Record<string, Act>;

export type ActName = keyof typeof acts;
