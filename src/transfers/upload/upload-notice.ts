import type { TaskError } from '../../errors/task-error.js';
import type { TaskResponse } from '../../http/response.js';

/**
 * What an upload tells, in-band:
 *
 *     (begun | progress | waiting | restarted | unsaved)* done
 *
 * `begun` comes once for each upload that is made at the server: again after `restarted`, and for each of several parts.
 */
export type UploadNotice<T> =
  | {
      readonly type: 'begun';
      /** The upload's own URL. */ readonly url: string;
      /** Bytes that the server has. */ readonly offset: number;
      /** Whether an earlier process had begun it. */ readonly resumed: boolean;
    }
  | {
      readonly type: 'progress';
      /** Bytes handed to the connection or arrived; less again after a loss. */ readonly loaded: number;
      /** Bytes that the server said it has. */ readonly confirmed: number;
      /** Bytes in all, when known. */ readonly total: number | undefined;
    }
  | {
      readonly type: 'waiting';
      readonly delayMs: number;
      /** What was lost: next the server is asked what it has. */ readonly cause: TaskError;
    }
  | {
      readonly type: 'restarted';
      /** The server does not have the upload any more. */ readonly cause: TaskError;
    }
  | {
      readonly type: 'unsaved';
      /** What the storage failed with: the upload goes on, and would not in another process. */ readonly cause: unknown;
    }
  | {
      readonly type: 'done';
      readonly url: string;
      /** Bytes in all. */ readonly bytes: number;
      /** The answer; `undefined` where it was lost and the server says that it has everything. */
      readonly response: TaskResponse<T> | undefined;
    };
