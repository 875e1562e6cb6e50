import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Subject, map, range } from 'rxjs';
import { isTaskError } from '../../src/errors/task-error.js';
import { pulled } from '../../src/task/pulled-bytes.js';

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
const emitted = (stream: Readable, event: string): Promise<unknown> =>
  new Promise((resolve) => stream.once(event, resolve));

describe('a Node stream as a source that is pulled', () => {
  it('tells of a failure before it was pulled, and does not end the process', async () => {
    const cause = new Error('no such file');
    const stream = new Readable({ construct: (built) => setImmediate(built, cause) });
    const source = pulled(stream);
    const told: unknown[] = [];
    source.onFailure = (failed) => told.push(failed);
    await emitted(stream, 'close');
    expect(told).toEqual([cause]);
    expect(await failure(source.pull())).toBe(cause);
  });

  it('tells of a failure while nobody pulls, as behind a stalled connection', async () => {
    const stream = new Readable({ read: () => undefined });
    const source = pulled(stream);
    const told: unknown[] = [];
    source.onFailure = (failed) => told.push(failed);
    stream.push('abc');
    expect(Buffer.from((await source.pull()) ?? []).toString()).toBe('abc');
    const cause = new Error('the disk is gone');
    stream.destroy(cause);
    await emitted(stream, 'close');
    expect(told).toEqual([cause]);
  });

  it('tells of nothing once it was let go of', async () => {
    const stream = new Readable({ read: () => undefined, destroy: (_, done) => done(new Error()) });
    const source = pulled(stream);
    let told = 0;
    source.onFailure = () => (told += 1);
    source.release();
    await emitted(stream, 'close');
    expect([stream.destroyed, told]).toEqual([true, 0]);
  });
});

describe('a web stream as a source that is pulled', () => {
  it('tells of a failure while nobody pulls, and of none once it was let go of', async () => {
    for (const isLeft of [false, true]) {
      let controller: ReadableStreamDefaultController | undefined;
      const source = pulled(new ReadableStream({ start: (given) => void (controller = given) }));
      const told: unknown[] = [];
      source.onFailure = (failed) => told.push(failed);
      if (isLeft) source.release();
      const cause = new Error('the disk is gone');
      controller?.error(cause);
      await failure(source.pull());
      expect(told).toEqual(isLeft ? [] : [cause]);
    }
  });
});

describe('an Observable as a source that is pulled', () => {
  it('is left within its subscribing where it overflows', async () => {
    const chunk = new Uint8Array(65_536);
    let made = 0;
    const endless = range(0, 1_000_000).pipe(map(() => ((made += 1), chunk)));
    const error = await failure(pulled(endless).pull());
    expect([isTaskError(error, 'limit') && error.code, made]).toEqual(['LIMIT_QUEUE', 65]);
  });

  it('is never subscribed once it was let go of', async () => {
    let subscribed = 0;
    const source = pulled({
      subscribe: () => {
        subscribed += 1;
        return new Subject<Uint8Array>();
      },
    });
    source.release();
    expect([await source.pull(), subscribed]).toEqual([undefined, 0]);
  });

  it('fails where its subscribing throws', async () => {
    const cause = new Error('no microphone');
    const source = pulled({
      subscribe: () => {
        throw cause;
      },
    });
    expect(await failure(source.pull())).toBe(cause);
  });
});
