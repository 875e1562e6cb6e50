import type { SchedulerLike } from 'rxjs';
import type { BackoffCurve } from '../../policies/backoff.js';
import type { ResumableProtocol, UploadJob } from './resumable-protocol.js';
import type { UploadExchange } from './upload-exchange.js';
import type { UploadRecord } from './upload-record.js';
import type { OpenedSource } from './upload-source.js';

/** What one run of an upload is made of. */
export interface RunSettings {
  readonly protocol: ResumableProtocol;
  readonly exchange: UploadExchange;
  /** Exchanges for giving up: not ended by the caller's signal. */
  readonly farewell: UploadExchange;
  readonly job: UploadJob;
  readonly source: OpenedSource;
  readonly record: UploadRecord | undefined;
  /** Whether the record stays when the run is done: for a part of several. */
  readonly keepsRecord: boolean;
  readonly chunkBytes: (n: number) => number;
  readonly deleteOnCancel: boolean;
  readonly maxLosses: number;
  readonly curve: BackoffCurve;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
}
