import { describe, expect, it } from '@jest/globals';
import {
  type Observable,
  type Observer,
  asapScheduler,
  concat,
  observeOn,
  of,
  throwError,
} from 'rxjs';
import fc from 'fast-check';
import {
  HeaderFields,
  type TaskEvent,
  createClient,
  deadline,
  dedupe,
  limitConcurrency,
  logTasks,
  retryTransient,
} from '../../src/index.js';
import { answer } from '../../src/testing/index.js';
import { courseOf, follow } from './course.js';
import { everyGround } from './grounds.js';

const head = (status: number): TaskEvent => ({
  type: 'head',
  head: { status, statusText: '', headers: HeaderFields.empty, url: '' },
});
const chunk = (text: string): TaskEvent => ({
  type: 'chunk',
  bytes: new TextEncoder().encode(text),
});

describe.each(everyGround())('L4, one ending, on %s', (_name, open) => {
  it.each([
    ['a whole answer', { body: '1' }, ['value 1', 'complete']],
    ['no body', { status: 204 }, ['value null', 'complete']],
    ['a refusal', { status: 404 }, ['error status STATUS_404']],
    ['a cut body', { body: '[1,', ends: 'cut' }, ['error network BODY_TRUNCATED']],
    ['a closed connection', { ends: 'reset' }, ['error network CONNECTION_RESET']],
    ['bad JSON', { body: '[1,' }, ['error decode DECODE_JSON']],
  ] as const)(
    '%s is one value and completion, or one error (B3, B9)',
    async (_what, reply, lines) => {
      const ground = await open(() => reply);
      expect(await courseOf(ground.client().get('/x'))).toEqual(lines);
    },
  );

  it('a stream ends once too, behind its chunks (G3)', async () => {
    const ground = await open(({ path }) => ({
      body: ['a', 'b', 'c'],
      ...(path === '/cut' ? { ends: 'cut' } : {}),
    }));
    const client = ground.client();
    expect(await courseOf(client.get('/whole').bytes)).toEqual(['chunk abc', 'complete']);
    expect(await courseOf(client.get('/cut').bytes)).toEqual([
      'chunk abc',
      'error network BODY_TRUNCATED',
    ]);
    expect(await courseOf(client.get('/whole').events)).toEqual([
      'sent 1',
      'head 200',
      'chunk abc',
      'complete',
    ]);
  });
});

describe('L4, one ending, whatever a factory does', () => {
  it.each<[string, Observable<TaskEvent>]>([
    ['completes at once', of()],
    ['completes after sent', of({ type: 'sent', attempt: 1 })],
    [
      'completes after a chunk without a head',
      of<TaskEvent[]>({ type: 'sent', attempt: 1 }, chunk('x')),
    ],
  ])('one that %s without a response is a typed error (C4)', async (_what, publisher) => {
    for (const source of [publisher, publisher.pipe(observeOn(asapScheduler))]) {
      const task = createClient({ factory: { make: () => source } }).get('http://h/');
      for (const view of [task, task.response, task.events, task.bytes]) {
        const lines = await courseOf(view);
        expect(lines.at(-1)).toMatch(/^error network (NO_RESPONSE|MALFORMED_RESPONSE)$/);
        expect(lines.filter((line) => /^(error|complete)/.test(line))).toHaveLength(1);
      }
    }
  });

  it('no more than one ending leaves any chain, in any order of events, and no more than one value of a body (B9)', async () => {
    const event = fc.oneof(
      fc.constant<TaskEvent>({ type: 'sent', attempt: 1 }),
      fc.constantFrom(200, 200, 204, 302, 404, 503).map(head),
      fc.constantFrom('1', '{', '').map(chunk),
      fc.constant<TaskEvent>({ type: 'upload', loaded: 1, total: 1 }),
      fc.constant<TaskEvent>({ type: 'download', loaded: 1, total: undefined }),
    );
    const chains = [
      [],
      [retryTransient({ baseDelayMs: 0, maxAttempts: 2 })],
      [dedupe(), deadline(1000)],
      [
        logTasks(() => undefined),
        limitConcurrency(1),
        retryTransient({ baseDelayMs: 0, maxAttempts: 2 }),
        deadline(1000),
      ],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 8 }),
        fc.constantFrom('complete', 'error'),
        fc.boolean(),
        fc.constantFrom(...chains),
        async (events, end, late, interceptors) => {
          const whole = concat(
            of(...events),
            end === 'error' ? throwError(() => new Error('broken')) : of(),
          );
          const client = createClient({
            factory: { make: () => (late ? whole.pipe(observeOn(asapScheduler)) : whole) },
            interceptors,
          });
          for (const view of ['body', 'response', 'events', 'bytes'] as const) {
            const task = client.get('http://h/');
            const lines = await courseOf(view === 'body' ? task : task[view]);
            expect(lines.filter((line) => /^(error|complete)/.test(line))).toEqual([lines.at(-1)]);
            expect(lines.filter((line) => line.startsWith('bug'))).toEqual([]);
            if (view === 'body' || view === 'response')
              expect(lines.filter((line) => line.startsWith('value')).length).toBe(
                lines.at(-1) === 'complete' ? 1 : 0,
              );
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('nothing is heard after the end of a factory that goes on', () => {
    const rude = {
      lift: () => undefined,
      subscribe: (observer: Observer<TaskEvent>) => {
        for (const event of [{ type: 'sent', attempt: 1 } as const, head(200), chunk('1')])
          observer.next(event);
        observer.complete();
        observer.next(chunk('2'));
        observer.error(new Error('late'));
        observer.complete();
      },
    };
    const client = createClient({ factory: { make: () => rude as never } });
    expect(follow(client.get('http://h/')).lines).toEqual(['value 1', 'complete']);
  });

  it('what a subscriber throws is its own affair, and the exchange ends in order', async () => {
    const { config } = await import('rxjs');
    const thrown = new Promise((resolve) => (config.onUnhandledError = resolve));
    let completed = false;
    createClient({ factory: { make: () => answer.json(200, 1) } })
      .get('http://h/')
      .subscribe({
        next: () => {
          throw new Error('mine');
        },
        complete: () => (completed = true),
      });
    expect(await thrown).toEqual(new Error('mine'));
    config.onUnhandledError = null;
    expect(completed).toBe(true);
  });
});
