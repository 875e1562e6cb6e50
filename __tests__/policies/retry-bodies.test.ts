import { describe, expect, it } from '@jest/globals';
import { type Observable, map, of, throwError } from 'rxjs';
import {
  type DataTask,
  type RetryOptions,
  asText,
  retryTransient,
  taskError,
} from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { AT_ONCE, flaky, inTurn, over } from './flaky.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

describe('an unsafe request that retryTransient was asked to repeat', () => {
  const keysOf = (
    options: RetryOptions,
    headers: Record<string, string> = {},
    method = 'POST',
  ): (string | undefined)[] => {
    const fake = flaky(503, 503, 200);
    inVirtualTime(({ flush }) => {
      transcribe(
        over(fake)
          .request({ method, url: '/', headers })
          .pipe(retryTransient({ ...AT_ONCE, ...options })),
      );
      flush();
    });
    return fake.exchanges.map(({ request }) => request.headers.get('idempotency-key'));
  };

  it('carries an Idempotency-Key, the same on each attempt and from the first on', () => {
    const [first, ...others] = keysOf({ unsafe: true });
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(others).toEqual([first, first]);
    expect(keysOf({ methods: ['POST'] })[0]).not.toBe(first);
  });

  it('keeps a key of its own', () => {
    expect(keysOf({ unsafe: true }, { 'Idempotency-Key': 'order-7' })).toEqual([
      'order-7',
      'order-7',
      'order-7',
    ]);
  });

  it('is the only one that gets a key', () => {
    expect(keysOf({ unsafe: true }, {}, 'PUT')).toEqual([undefined, undefined, undefined]);
    expect(keysOf({})).toEqual([undefined]);
    expect(keysOf({ unsafe: true, maxAttempts: 1 })).toEqual([undefined]);
  });
});

describe('what was delivered', () => {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const looks = {
    bytes: (task: DataTask<string>) => task.bytes.pipe(map(text)),
    events: (task: DataTask<string>) => task.events,
    body: (task: DataTask<string>) => task,
    response: (task: DataTask<string>) => task.response.pipe(map(({ body }) => body)),
  };
  const asked = (look: keyof typeof looks, afterBytes = 3): string[] => {
    const fake = inTurn(
      answer.cutAfter(afterBytes, answer.text(200, 'abcdef')),
      answer.text(200, 'whole'),
    );
    let lines: string[] = [];
    inVirtualTime(({ flush }) => {
      ({ lines } = transcribe(
        looks[look](over(fake).get('/', { decode: asText }).with(retryTransient(AT_ONCE))),
      ));
      flush();
    });
    return lines;
  };

  it('is never asked for again once a chunk reached a consumer who takes them as they come (L7)', () => {
    expect(asked('bytes')).toEqual(['"abc"', 'failed BODY_TRUNCATED']);
    expect(asked('events')).toEqual(['sent 1', 'head 200', 'chunk abc', 'failed BODY_TRUNCATED']);
  });

  it('starts again where it was being collected: the value has no part twice', () => {
    expect([asked('body'), asked('response')]).toEqual([
      ['"whole"', 'completed'],
      ['"whole"', 'completed'],
    ]);
  });

  it('is asked for again while there was only a head', () => {
    expect(asked('bytes', 0)).toEqual(['"whole"', 'completed']);
  });
});

describe('a body', () => {
  const once = () => of(new Uint8Array([1, 2]), new Uint8Array([3]));
  /** Reads the body as a publisher would, then answers. */
  const reading = (statuses: number[], read: (attempt: number) => boolean = () => true) => {
    const bodies: number[][] = [];
    let attempt = 0;
    const fake = fakeFactory((request) => {
      const { body } = request;
      const index = attempt++;
      if (!read(index))
        return throwError(() =>
          taskError('network', { sent: false }, { code: 'CONNECTION_REFUSED' }),
        );
      const bytes: number[] = [];
      if (body?.kind === 'recipe')
        (body.open() as Observable<Uint8Array>).subscribe((chunk) => bytes.push(...chunk));
      bodies.push(bytes);
      return answer.json(statuses[index] ?? 200, 'done');
    });
    return { fake, bodies };
  };
  const put = (body: object, statuses: number[], read?: (attempt: number) => boolean) => {
    const { fake, bodies } = reading(statuses, read);
    let told!: ReturnType<typeof transcribe>;
    inVirtualTime(({ flush }) => {
      told = transcribe(over(fake).put('/', body).pipe(retryTransient(AT_ONCE)));
      flush();
    });
    return { bodies, lines: told.lines, error: told.error };
  };

  it('from a recipe is opened once per attempt and whole each time (L6, A18, A19)', () => {
    expect(put(once, [503, 503, 200])).toMatchObject({
      bodies: [
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
      ],
      lines: ['"done"', 'completed'],
    });
  });

  it('from a stream that was opened is never sent again, empty or otherwise: the original error stands (L6)', () => {
    expect(put(once(), [503, 200])).toMatchObject({
      bodies: [[1, 2, 3]],
      lines: ['failed STATUS_503'],
      error: { previous: [] },
    });
  });

  it('from a stream that was not opened yet is sent by the next attempt', () => {
    expect(put(once(), [], (attempt) => attempt > 0)).toMatchObject({
      bodies: [[1, 2, 3]],
      lines: ['"done"', 'completed'],
    });
  });
});
