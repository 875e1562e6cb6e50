/** Part of the contract that also runs in a browser: nothing of Node here. */
import { Observable, forkJoin, interval, map, take } from 'rxjs';
import type { TaskEvent } from 'coldwire';
import type { Act } from './act.js';
import { courseOf } from './observe.js';

const chunked = (...parts: string[]): (() => AsyncIterable<Uint8Array>) =>
  async function* () {
    for (const part of parts) yield new TextEncoder().encode(part);
  };

export const sendingActs = {
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

  observableBody: ({ client }) =>
    courseOf(
      client.post('/echo', () =>
        interval(1).pipe(
          take(3),
          map((n) => new TextEncoder().encode(String(n))),
        ),
      ),
    ),

  failingRecipe: ({ client }) =>
    courseOf(
      client.post('/never', () => {
        throw new Error('no file');
      }),
    ).then(async (course) => ({ course, next: await courseOf(client.get('/next')) })),

  observableOnce: async ({ client }) => {
    let opened = 0;
    const task = client.post(
      '/echo',
      () =>
        new Observable<Uint8Array>((subscriber) => {
          opened++;
          subscriber.next(Uint8Array.of(65));
          subscriber.complete();
        }),
    );
    const before = opened;
    await courseOf(task);
    return { before, opened };
  },
  uploadProgress: async ({ client }) => {
    const { values } = await courseOf(client.post('/echo-length', new Uint8Array(300_000)).events);
    const loaded = (values as TaskEvent[]).flatMap((event) =>
      event.type === 'upload' ? [event] : [],
    );
    const rises = loaded.every((event, at) => event.loaded > (loaded[at - 1]?.loaded ?? 0));
    return { rises, last: loaded.at(-1) };
  },
} satisfies Record<string, Act>;
