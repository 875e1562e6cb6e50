import type { RequestBody } from '../../http/body.js';
import type { Awaitable } from './awaitable.js';

/** Content that can be uploaded: opened once for each upload. */
export interface UploadSource {
  /** Looks at the content; nothing is read yet. */
  open(): Awaitable<OpenedSource>;
}

/** Content of which any part can be asked for, as far as it keeps it. */
export interface OpenedSource {
  /** Bytes in all; `undefined` while nobody knows. */
  readonly size: number | undefined;
  /** What tells this content from other content (name, size, date); `undefined` when nothing does. */
  readonly identity: string | undefined;
  readonly fileName: string | undefined;
  readonly contentType: string | undefined;
  /** The most bytes that a part may have. */
  readonly maxPartBytes: number;
  /**
   * The bytes from an offset, as many as asked for unless the content ends before; `Infinity` asks for all the rest.
   * Fails for a part that is not kept any more.
   */
  part(offset: number, maxBytes: number): Awaitable<SourcePart>;
  /** Lets go of what is open. Called once, in any state. */
  close(): void;
}

/** A part of the content, ready to be sent, any number of times. */
export interface SourcePart {
  readonly body: RequestBody;
  /** Bytes; `undefined` for the rest of a stream. */
  readonly byteLength: number | undefined;
  /** Whether the content ends here. */
  readonly isLast: boolean;
}
