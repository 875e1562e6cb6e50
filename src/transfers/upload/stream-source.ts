import { told } from '../../errors/cause-text.js';
import { isTaskError, taskError } from '../../errors/task-error.js';
import { type ByteSource, type RequestBody, encodeBody, recipeBody } from '../../http/body.js';
import { InvalidInput } from '../../http/invalid-input.js';
import { pulled } from '../../task/pulled-bytes.js';
import type { PulledBytes } from '../../task/pulled-source.js';
import { ReplayWindow } from './replay-window.js';
import type { OpenedSource, SourcePart } from './upload-source.js';

/** What the rest of a stream is read in. */
const STEP_BYTES = 65_536;

/**
 * A stream of unknown length, read as far as it is asked for. The last `replayBytes` of what was read are kept; what
 * lies before them is there again only where the stream can be opened anew, by a recipe.
 */
export class StreamSource implements OpenedSource {
  readonly size = undefined;
  readonly identity = undefined;
  readonly fileName = undefined;
  readonly contentType = undefined;
  readonly maxPartBytes: number;
  readonly #open: () => ByteSource;
  readonly #isRecipe: boolean;
  #window: ReplayWindow;
  #source: PulledBytes | undefined;
  #surplus: Uint8Array | undefined;
  #ended = false;
  #closed = false;
  /** One reader at a time: the one of a request that was cut may still wait for its bytes when the next begins. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(open: () => ByteSource, isRecipe: boolean, replayBytes: number) {
    this.#open = open;
    this.#isRecipe = isRecipe;
    this.maxPartBytes = replayBytes;
    this.#window = new ReplayWindow(replayBytes);
  }

  async part(offset: number, maxBytes: number): Promise<SourcePart> {
    if (maxBytes === Infinity) {
      await this.#inTurn(() => this.#reach(offset));
      return {
        body: recipeBody(() => this.#rest(offset)),
        byteLength: undefined,
        isLast: true,
      };
    }
    const { bytes, isLast } = await this.#bytes(offset, Math.min(maxBytes, this.maxPartBytes));
    return { body: encodeBody(bytes) as RequestBody, byteLength: bytes.byteLength, isLast };
  }

  close(): void {
    this.#closed = true;
    this.#source?.release();
    this.#source = undefined;
  }

  #bytes(offset: number, count: number): Promise<{ bytes: Uint8Array; isLast: boolean }> {
    return this.#inTurn(async () => {
      await this.#reach(offset);
      const end = offset + count;
      while (this.#window.end < end && !this.#ended) await this.#read(end);
      // One look further: whether something comes behind these bytes decides whether they are the last.
      while (this.#surplus === undefined && !this.#ended && this.#window.end <= end)
        await this.#peek();
      const until = Math.min(end, this.#window.end);
      return {
        bytes: this.#window.slice(offset, until),
        isLast: this.#ended && this.#surplus === undefined && until === this.#window.end,
      };
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async *#rest(from: number): AsyncGenerator<Uint8Array> {
    for (let offset = from; ;) {
      const { bytes, isLast } = await this.#bytes(offset, Math.min(STEP_BYTES, this.maxPartBytes));
      if (bytes.byteLength > 0) yield bytes;
      if (isLast) return;
      offset += bytes.byteLength;
    }
  }

  /** Brings the window to an offset: behind what was read by reading on, before it by opening anew. */
  async #reach(offset: number): Promise<void> {
    if (offset < this.#window.start) {
      if (!this.#isRecipe) throw beyondWindow(offset, this.#window.start, this.maxPartBytes);
      this.#source?.release();
      this.#source = undefined;
      this.#surplus = undefined;
      this.#ended = false;
      this.#window = new ReplayWindow(this.maxPartBytes);
    }
    while (this.#window.end < offset && !this.#ended) await this.#read(offset);
    if (this.#window.end < offset) throw shorter(this.#window.end, offset);
  }

  async #read(upTo: number): Promise<void> {
    if (this.#surplus === undefined) await this.#peek();
    const bytes = this.#surplus;
    if (bytes === undefined) return;
    const room = upTo - this.#window.end;
    this.#window.push(bytes.subarray(0, room));
    this.#surplus = bytes.byteLength > room ? bytes.subarray(room) : undefined;
  }

  async #peek(): Promise<void> {
    if (this.#closed) throw new InvalidInput('source', 'source: closed', 'SOURCE_CLOSED');
    try {
      this.#source ??= pulled(this.#open());
      const bytes = await this.#source.pull();
      if (bytes === undefined) this.#ended = true;
      else if (bytes.byteLength > 0) this.#surplus = bytes;
    } catch (cause) {
      throw sourceFailed(cause);
    }
  }
}

function sourceFailed(cause: unknown): unknown {
  if (isTaskError(cause) || cause instanceof InvalidInput) return cause;
  const message = `the source of the upload failed${told(cause)}`;
  return taskError('request', { field: 'source' }, { code: 'BODY_SOURCE_FAILED', message, cause });
}

function beyondWindow(offset: number, start: number, maxBytes: number): Error {
  const message =
    `the server has ${String(offset)} bytes, and the stream is kept from ${String(start)} on: ` +
    'raise replayBytes, or give a recipe, () => stream';
  return taskError('limit', { which: 'replay', maxBytes }, { code: 'LIMIT_REPLAY', message });
}

function shorter(end: number, offset: number): Error {
  return new InvalidInput(
    'source',
    `source: has ${String(end)} bytes, and the server has ${String(offset)} of it: it is other content`,
    'SOURCE_CHANGED',
  );
}
