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
import {
  type ParseDisposition,
  dispositionParser,
  serverFileName,
  urlFileName,
} from './server-name.js';
import { StepLine } from './step-line.js';
import { WaitingBytes, type WaitingList } from './waiting-bytes.js';

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
  readonly #waiting = new WaitingBytes(this.#gate);
  readonly #teller = new ProgressTeller();
  readonly #line = new StepLine((error) => {
    this.#fail(error);
  });
  readonly #intent = { leaving: false };
  #part: PartFile | undefined;
  #target: string | undefined;
  #parse: ParseDisposition | undefined;
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
    if (directory !== undefined && left.fileName !== undefined)
      await this.#nameTarget(left.fileName);
  }

  /** In a directory the target has a name of the server's. */
  async #nameTarget(fileName: string): Promise<string> {
    const { directory = '', overwrite } = this.#options;
    const target = join(directory, fileName);
    await checkTarget(this.#disk, this.#request, target, overwrite);
    this.#target = target;
    return target;
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
        this.#waiting.drop();
        this.#line.add(() => this.#beginAnew());
        break;
      case 'head':
        this.#line.add(() => this.#takeHead(event.head));
        break;
      case 'chunk': {
        const list = this.#waiting.add(event.bytes);
        this.#line.add(() => this.#write(list));
        break;
      }
      case 'retrying':
        this.#subscriber.next(event);
        break;
      default:
    }
  }

  async #beginAnew(): Promise<void> {
    this.#resumable = undefined;
    this.#check = undefined;
    this.#resumedFromBytes = 0;
    if (this.#part?.position !== 0) await this.#part?.restart();
  }

  async #takeHead(head: ResponseHead): Promise<void> {
    const { checksums, fallbackName } = this.#options;
    const isRest = this.#part?.position !== 0;
    const fileName = this.#parse && serverFileName(head, this.#parse, fallbackName);
    // A part need not say the name again (RFC 9110 section 15.3.7): the one that the first answer gave holds.
    if (fileName !== undefined && !(isRest && this.#target !== undefined))
      await this.#nameTarget(fileName);
    const digests = wantedDigests(head.headers, 'repr-digest');
    if (isRest) {
      // It goes on behind what an earlier process had.
      if (digests.length > 0) this.#wanted = [...checksums, ...digests];
      return;
    }
    this.#totalBytes = lengthOf(head);
    const standing = resumableBy(head, this.#scheduler.now());
    this.#resumable = standing && { ...standing, digests, fileName };
    const content = isResumable(this.#request) ? [] : wantedDigests(head.headers, 'content-digest');
    this.#wanted = [...checksums, ...digests, ...content];
    this.#check = new DigestCheck(this.#wanted, nodeDigest);
  }

  async #write(list: WaitingList): Promise<void> {
    if (list.length === 0 || this.#part === undefined) return;
    const chunks = list.splice(0);
    let bytes = 0;
    for (const chunk of chunks) {
      bytes += chunk.byteLength;
      this.#check?.update(chunk);
    }
    await this.#part.write(chunks);
    await this.#part.checkpoint(this.#resumable);
    this.#tell(this.#part.position);
    this.#waiting.written(list, bytes);
  }

  #tell(loadedBytes: number): void {
    const notice = this.#teller.note(this.#scheduler.now(), loadedBytes, this.#totalBytes);
    if (notice !== undefined) this.#subscriber.next(notice);
  }

  async #finish(): Promise<void> {
    const part = this.#part;
    if (part === undefined) return;
    const bytes = part.position;
    if (this.#totalBytes !== undefined && bytes !== this.#totalBytes)
      throw lost(this.#request, 'BODY_TRUNCATED', `ended after ${String(bytes)} bytes`);
    const algorithm = this.#check ? this.#check.mismatch() : await part.mismatch(this.#wanted);
    if (algorithm !== undefined) throw wrongBytes(this.#request, algorithm);
    if (this.#subscriber.closed) return;
    // All was there, and neither a note nor an answer has named it.
    const path =
      this.#target ??
      (await this.#nameTarget(urlFileName(this.#request.url) ?? this.#options.fallbackName));
    await part.moveTo(path, this.#options.overwrite);
    this.#part = undefined;
    this.#subscriber.next({
      type: 'saved',
      path,
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
