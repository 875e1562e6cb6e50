import type { TaskError } from '../errors/task-error.js';
import type { ResponseHead } from '../http/response.js';

/**
 * What happens during one exchange. Grammar of one attempt:
 *
 *     sent upload* (redirecting sent upload*)* head (download | chunk)* complete
 *
 * A failure may cut it short anywhere. A buffered response is a stream of few chunks, so every decoder is written
 * once. A new `sent` starts anew: what was collected before it is dropped.
 */
export type TaskEvent =
  | {
      readonly type: 'sent';
      /** From 1; a redirect's hop keeps its attempt. */ readonly attempt: number;
    }
  | {
      readonly type: 'upload' | 'download';
      /** Bytes. */ readonly loaded: number;
      /** Bytes, when known. */ readonly total: number | undefined;
    }
  | {
      readonly type: 'redirecting';
      readonly hop: number;
      readonly status: number;
      /** The next URL, redacted. */ readonly url: string;
    }
  | { readonly type: 'head'; readonly head: ResponseHead }
  | { readonly type: 'chunk'; readonly bytes: Uint8Array }
  | {
      readonly type: 'retrying';
      /** The attempt to come. */ readonly attempt: number;
      readonly delayMs: number;
      readonly cause: TaskError;
    };
