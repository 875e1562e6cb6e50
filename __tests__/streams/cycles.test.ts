import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Observable, Subject, type Subscription } from 'rxjs';
import { type Client, type TaskEvent, type TaskRequest, createClient } from '../../src/index.js';
import { boundStream } from '../../src/upload/bound-stream.js';
import { fromHot } from '../../src/upload/from-hot.js';
import { multipart } from '../../src/upload/multipart-body.js';
import { pulled } from '../../src/task/pulled-bytes.js';

/** The engine's own collector, which a flag brings out. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** A client whose exchanges read the body, as a publisher does, until they are left. */
function reading(): Client {
  const make = ({ body }: TaskRequest): Observable<TaskEvent> =>
    new Observable((subscriber) => {
      if (body?.kind !== 'recipe') return undefined;
      const source = pulled(body.open());
      subscriber.next({ type: 'sent', attempt: 1 });
      void source.pull();
      return () => {
        source.release();
      };
    });
  return createClient({ factory: { make } });
}

describe('ten thousand uploads that are begun and left', () => {
  const hot = new Subject<Uint8Array>();
  const { signal } = new AbortController();
  const client = reading();
  const kinds: Readonly<Record<string, () => Subscription>> = {
    'a bound pair': () => {
      const { output, input } = boundStream({ bufferBytes: 16 });
      output.add(hot.subscribe((bytes) => output.write(bytes)));
      output.ready$.subscribe();
      return client.post('http://t/', input, { signal }).subscribe();
    },
    'a hot source': () =>
      client.post('http://t/', fromHot(hot, { capacity: 4 }), { signal }).subscribe(),
    'a part of a form': () =>
      client
        .post('http://t/', multipart([{ name: 'a', value: fromHot(hot, { capacity: 4 }) }]), {
          signal,
        })
        .subscribe(),
    'a real publisher, left in the same tick': () =>
      createClient()
        .post('http://127.0.0.1:9/', () => hot, { signal })
        .subscribe(),
  };

  it.each(Object.keys(kinds))('of %s keep the listeners and the heap flat (A21)', async (kind) => {
    const cycle = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n++) {
        const subscription = kinds[kind]?.();
        hot.next(Uint8Array.of(1));
        if (n % 2 === 0 && !kind.includes('same tick')) await Promise.resolve();
        subscription?.unsubscribe();
      }
      await new Promise(setImmediate);
    };
    const heap = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const growth = async (): Promise<number> => {
      const before = heap();
      await cycle(10_000);
      return heap() - before;
    };
    await cycle(1_000);
    // What the engine grows by once (code, counts of a coverage run) is no leak: that one grows each time.
    const grown = Math.min(await growth(), await growth());
    expect([hot.observed, getEventListeners(signal, 'abort')]).toEqual([false, []]);
    // A leak of one closure an upload would be more.
    expect(grown).toBeLessThan(500_000);
  });
});
