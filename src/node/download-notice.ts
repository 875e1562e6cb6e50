import type { TaskError } from '../errors/task-error.js';

/** What is told of a download to a file: how it goes, and that it is there. */
export type FileDownloadNotice =
  | {
      readonly type: 'progress';
      /** Bytes in the file so far, those of an earlier process included. */
      readonly loadedBytes: number;
      readonly totalBytes: number | undefined;
      /** Over the last five seconds. */
      readonly bytesPerSecond: number | undefined;
      /** Milliseconds to the end at this rate. */
      readonly remainingMs: number | undefined;
    }
  | {
      readonly type: 'retrying';
      /** The attempt to come. */ readonly attempt: number;
      readonly delayMs: number;
      readonly cause: TaskError;
    }
  | {
      readonly type: 'saved';
      /** Where the file is, absolute. */
      readonly path: string;
      readonly bytes: number;
      /** How many of them an earlier call had left. */
      readonly resumedFromBytes: number;
    };
