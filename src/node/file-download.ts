import { type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import { join } from 'node:path';
import type { DataTask } from '../client/data-task.js';
import { isTaskError } from '../errors/task-error.js';
import { FlowGate } from '../http/flow.js';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import { schedulerFor } from '../task/surroundings.js';
import type { TaskEvent } from '../task/task-event.js';
import { wantedDigests } from '../transfers/download/digest-fields.js';
import { lost, wrongBytes } from '../transfers/download/download-errors.js';
import { lengthOf, resumableBy } from '../transfers/download/judge.js';
import { isResumable } from '../transfers/download/resumable-request.js';
import { DigestCheck, type WantedDigest } from '../transfers/download/running-digest.js';
import type { Disk } from './disk.js';
import type { FileDownloadNotice } from './download-notice.js';
import type { CheckedDownload } from './download-options.js';
import { checkDirectory, checkTarget, identityOf, partBase } from './file-place.js';
import { nodeDigest } from './node-digest.js';
import { PartFile, type Resumable } from './part-file.js';
import { ProgressTeller } from './progress-teller.js';
import { resumingEvents } from './resuming-events.js';
import { type ParseDisposition, dispositionParser, serverFileName } from './server-name.js';
import { StepLine } from './step-line.js';

/** Bytes that wait for the disk: as many hold the server back, and as few let it go on. */
const MOST_WAITING_BYTES = 1 << 20;
const FEW_WAITING_BYTES = 1 << 18;

/**
 * One download to one file. What comes is put into a line of steps, done one after the other: the disk is asked one
 * thing at a time, and the socket is held back while much waits.
 */
export class FileDownload {
  readonly #task: DataTask<unknown>;
  readonly #request: TaskRequest;
  readonly #options: CheckedDownload;
  readonly #disk: Disk;
  readonly #subscriber: Subscriber<FileDownloadNotice>;
  readonly #scheduler: SchedulerLike;
  readonly #source = new Subscription();
  readonly #gate = new FlowGate();
  readonly #teller = new ProgressTeller();
  readonly #line = new StepLine((error) => {
    this.#fail(error);
  });
  readonly #intent = { leaving: false };
  #part: PartFile | undefined;
  #target: string | undefined;
  #parse: ParseDisposition | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #totalBytes: number | undefined;
  #resumable: Resumable | undefined;
  #wanted: readonly WantedDigest[];
  /** Runs along while all bytes came in this process. */
  #check: DigestCheck | undefined;
  #resumedFromBytes = 0;

  constructor(
    task: DataTask<unknown>,
    options: CheckedDownload,
    disk: Disk,
    subscriber: Subscriber<FileDownloadNotice>,
  ) {
    this.#task = task;
    this.#request = task.request;
    this.#options = options;
    this.#disk = disk;
    this.#subscriber = subscriber;
    this.#scheduler = schedulerFor(task.request, options.resume?.scheduler);
    this.#target = options.path;
    this.#wanted = options.checksums;
  }

  begin(): void {
    this.#line.add(() => this.#prepare());
    this.#line.add(() => this.#listen());
  }

  /** Lets go of everything; what can be gone on with stays. */
  leave(): void {
    this.#source.unsubscribe();
    this.#intent.leaving = true;
    this.#line.end(() => this.#part?.leave(this.#resumable));
  }

  async #prepare(): Promise<void> {
    const { directory, path, overwrite, resume } = this.#options;
    if (directory !== undefined) {
      await checkDirectory(this.#disk, this.#request, directory);
      this.#parse = await dispositionParser(this.#request);
    } else if (path !== undefined) await checkTarget(this.#disk, this.#request, path, overwrite);
    const identity = identityOf(this.#request, resume?.identity);
    const base = partBase(this.#options, identity);
    const kept = resume !== undefined && isResumable(this.#request) ? identity : undefined;
    this.#part = await PartFile.open(this.#disk, this.#request, base, kept, this.#intent);
    const { left } = this.#part;
    if (left === undefined) return;
    this.#resumedFromBytes = left.flushedBytes;
    this.#resumable = left;
    this.#totalBytes = left.totalBytes;
    this.#wanted = [...this.#options.checksums, ...left.digests];
  }

  #listen(): undefined {
    const left = this.#part?.left;
    const start = left && { ...left, offset: left.flushedBytes };
    const events = resumingEvents(this.#task, this.#options, start).held(this.#gate);
    this.#source.add(
      events.subscribe({
        next: (event) => {
          this.#take(event);
        },
        error: (error: unknown) => {
          this.#fail(error);
        },
        complete: () => {
          this.#line.add(() => this.#finish());
        },
      }),
    );
  }

  #take(event: TaskEvent): void {
    switch (event.type) {
      case 'sent':
        this.#dropWaiting();
        this.#line.add(() => this.#beginAnew());
        break;
      case 'head':
        this.#line.add(() => this.#takeHead(event.head));
        break;
      case 'chunk':
        this.#keepWaiting(event.bytes);
        break;
      case 'retrying':
        this.#subscriber.next(event);
        break;
      default:
    }
  }

  #keepWaiting(bytes: Uint8Array): void {
    const waiting = this.#waiting;
    waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    if (this.#waitingBytes >= MOST_WAITING_BYTES) this.#gate.set(true);
    this.#line.add(() => this.#write(waiting));
  }

  /** What comes from now on waits in another list: a step that was put into the line before must not write it. */
  #dropWaiting(): void {
    this.#waiting.length = 0;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#gate.set(false);
  }

  async #beginAnew(): Promise<void> {
    this.#resumable = undefined;
    this.#check = undefined;
    this.#resumedFromBytes = 0;
    if (this.#part?.position !== 0) await this.#part?.restart();
  }

  async #takeHead(head: ResponseHead): Promise<void> {
    const { checksums, overwrite, directory, fallbackName } = this.#options;
    if (directory !== undefined && this.#parse !== undefined) {
      this.#target = join(directory, serverFileName(head, this.#parse, fallbackName));
      await checkTarget(this.#disk, this.#request, this.#target, overwrite);
    }
    const digests = wantedDigests(head.headers, 'repr-digest');
    if (this.#part?.position !== 0) {
      // It goes on behind what an earlier process had.
      if (digests.length > 0) this.#wanted = [...checksums, ...digests];
      return;
    }
    this.#totalBytes = lengthOf(head);
    const standing = resumableBy(head, this.#scheduler.now());
    this.#resumable = standing && { ...standing, digests };
    const content = isResumable(this.#request) ? [] : wantedDigests(head.headers, 'content-digest');
    this.#wanted = [...checksums, ...digests, ...content];
    this.#check = new DigestCheck(this.#wanted, nodeDigest);
  }

  async #write(waiting: Uint8Array[]): Promise<void> {
    if (waiting.length === 0 || this.#part === undefined) return;
    const chunks = waiting.splice(0);
    let bytes = 0;
    for (const chunk of chunks) {
      bytes += chunk.byteLength;
      this.#check?.update(chunk);
    }
    await this.#part.write(chunks);
    // A new beginning has thrown them out of the count already.
    if (waiting === this.#waiting) this.#waitingBytes -= bytes;
    await this.#part.checkpoint(this.#resumable);
    this.#tell(this.#part.position);
    if (this.#waitingBytes <= FEW_WAITING_BYTES) this.#gate.set(false);
  }

  #tell(loadedBytes: number): void {
    const notice = this.#teller.note(this.#scheduler.now(), loadedBytes, this.#totalBytes);
    if (notice !== undefined) this.#subscriber.next(notice);
  }

  async #finish(): Promise<void> {
    const part = this.#part;
    if (part === undefined || this.#target === undefined) return;
    const bytes = part.position;
    if (this.#totalBytes !== undefined && bytes !== this.#totalBytes)
      throw lost(this.#request, 'BODY_TRUNCATED', `ended after ${String(bytes)} bytes`);
    const algorithm = this.#check ? this.#check.mismatch() : await part.mismatch(this.#wanted);
    if (algorithm !== undefined) throw wrongBytes(this.#request, algorithm);
    if (this.#subscriber.closed) return;
    await part.moveTo(this.#target, this.#options.overwrite);
    this.#part = undefined;
    this.#subscriber.next({
      type: 'saved',
      path: this.#target,
      bytes,
      resumedFromBytes: this.#resumedFromBytes,
    });
    this.#subscriber.complete();
  }

  /** What became of the part is settled by the time that anybody hears of it. */
  #fail(error: unknown): void {
    this.#source.unsubscribe();
    this.#line.end(async () => {
      await this.#part?.leave(isWorthKeeping(error) ? this.#resumable : undefined);
      this.#subscriber.error(error);
    });
  }
}

/** Whether another download could go on from what is there. */
function isWorthKeeping(error: unknown): boolean {
  if (!isTaskError(error)) return true;
  if (error.kind === 'status') return error.status !== 404 && error.status !== 410;
  return error.kind !== 'decode' && error.kind !== 'limit';
}
