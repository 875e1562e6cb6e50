import { invalid } from '../http/invalid-input.js';
import type { PulledBytes } from '../task/pulled-source.js';
import { wrongLength } from './source-error.js';

/** What is told of a source that a stream was made of. */
export interface SourceListener {
  /** Whether the source was let go of: its end is not the end of the body then, and its failure is nobody's. */
  isLeft(): boolean;
  /** Nothing more is pulled before what it returns, if anything, is settled. */
  pulled(bytes: number): Promise<void> | undefined;
  failed(cause: unknown): void;
}

/**
 * A source as the stream that `fetch` sends: pulled when there is room, let go of when it is cancelled, an error when it
 * does not keep to the length it was said to have.
 */
export function webStream(
  source: PulledBytes,
  length: number | undefined,
  listener: SourceListener,
): ReadableStream<Uint8Array> {
  let taken = 0;
  source.onFailure = (cause) => {
    listener.failed(cause);
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const bytes = await nextOf(source);
          if (listener.isLeft()) return;
          taken += bytes?.byteLength ?? 0;
          if (length !== undefined && taken > length) throw wrongLength(length, 'more');
          if (length !== undefined && bytes === undefined && taken < length)
            throw wrongLength(length, 'less');
          if (bytes === undefined) controller.close();
          else {
            controller.enqueue(bytes);
            await listener.pulled(bytes.byteLength);
          }
        } catch (cause) {
          if (listener.isLeft()) return;
          listener.failed(cause);
          controller.error(cause);
        }
      },
      cancel: () => {
        source.release();
      },
    },
    { highWaterMark: 0 },
  );
}

/** An empty chunk would look like the last one to some platforms. */
async function nextOf(source: PulledBytes): Promise<Uint8Array | undefined> {
  for (;;) {
    const bytes = await source.pull();
    if (bytes === undefined || bytes.byteLength > 0) return bytes;
  }
}

let canStream: boolean | undefined;

/**
 * Refuses a streamed body where `fetch` would send `[object ReadableStream]` instead.
 * @throws InvalidInput
 */
export function checkStreamedUpload(): void {
  canStream ??= readsStreams();
  if (!canStream) {
    throw invalid(
      'body',
      'this browser cannot stream an upload: give a Blob or bytes',
      undefined,
      'BODY_STREAM_UNSUPPORTED',
    );
  }
}

/** Who takes a stream asks how (`duplex`) and does not make text of it (which has a type). */
function readsStreams(): boolean {
  let asked = false;
  try {
    const options = {
      body: new ReadableStream(),
      method: 'POST',
      get duplex(): string {
        asked = true;
        return 'half';
      },
    };
    return !new Request('https://nowhere.invalid', options).headers.has('content-type') && asked;
  } catch {
    return false;
  }
}
