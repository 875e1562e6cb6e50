import type { Flow } from '../http/flow.js';

/** Who reads a stream. */
export interface StreamReader {
  chunk(bytes: Uint8Array): void;
  ended(): void;
  failed(cause: unknown): void;
}

/** Reads a web stream while its flow is open. Returns what stops that and lets the stream go. */
export function readStream(
  stream: ReadableStream<Uint8Array>,
  flow: Flow | undefined,
  to: StreamReader,
): () => void {
  const reader = stream.getReader();
  let stopped = false;
  let unlisten: (() => void) | undefined;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    unlisten?.();
    reader.cancel().catch(() => undefined);
  };
  const open = async (): Promise<void> => {
    while (flow?.paused === true && !isStopped()) {
      await new Promise<void>((resolve) => {
        unlisten = flow.listen(resolve);
      });
      unlisten?.();
    }
  };
  const isStopped = (): boolean => stopped;
  const run = async (): Promise<void> => {
    for (;;) {
      await open();
      const { done, value } = await reader.read();
      if (isStopped()) return;
      if (done) break;
      to.chunk(value);
    }
    to.ended();
  };
  run().catch((cause: unknown) => {
    if (!isStopped()) to.failed(cause);
  });
  return stop;
}
