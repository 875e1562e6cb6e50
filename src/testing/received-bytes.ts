import { Observable, from, map, of } from 'rxjs';
import type { ByteSource, RequestBody } from '../http/body.js';

/** The bytes of a body as a server would receive them; unsubscribing lets its source go at once. */
export function receivedBytes(body: RequestBody | undefined): Observable<Uint8Array> {
  switch (body?.kind) {
    case undefined:
      return of();
    case 'text':
      return of(new TextEncoder().encode(body.text));
    case 'bytes':
      return of(body.bytes);
    case 'blob':
      return from(body.blob.arrayBuffer()).pipe(map((buffer) => new Uint8Array(buffer)));
    case 'form':
      return from(new Response(body.form).arrayBuffer()).pipe(
        map((buffer) => new Uint8Array(buffer)),
      );
    case 'recipe':
      return new Observable((subscriber) => {
        opened(body.open()).subscribe(subscriber);
      });
  }
}

function opened(source: ByteSource): Observable<Uint8Array> {
  if ('getReader' in source) return pulled(readerOf(source));
  if (Symbol.asyncIterator in source) return pulled(source[Symbol.asyncIterator]());
  return new Observable((subscriber) => {
    const subscription = source.subscribe({
      next: (bytes) => {
        subscriber.next(bytes);
      },
      error: (cause) => {
        subscriber.error(cause);
      },
      complete: () => {
        subscriber.complete();
      },
    });
    subscriber.add(() => {
      subscription.unsubscribe();
    });
  });
}

type Pulled = Pick<AsyncIterator<Uint8Array>, 'next' | 'return'>;

function readerOf(stream: ReadableStream<Uint8Array>): Pulled {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<Uint8Array>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

function pulled(iterator: Pulled): Observable<Uint8Array> {
  return new Observable((subscriber) => {
    let over = false;
    const fail = (cause: unknown): void => {
      over = true;
      subscriber.error(cause);
    };
    const pull = (): void => {
      iterator.next().then(({ done, value }) => {
        if (subscriber.closed) return;
        over = done === true;
        if (done === true) subscriber.complete();
        else {
          subscriber.next(value);
          pull();
        }
      }, fail);
    };
    subscriber.add(() => {
      // What a source says to being let go of interests nobody any more.
      if (!over) iterator.return?.().catch(() => undefined);
    });
    pull();
  });
}
