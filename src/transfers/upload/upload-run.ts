import {
  type Observable,
  type SchedulerLike,
  Subject,
  type Subscriber,
  type Subscription,
  takeUntil,
} from 'rxjs';
import { fromInput } from '../../errors/from-input.js';
import { type TaskError, withPrevious } from '../../errors/task-error.js';
import { retryAfterMs } from '../../http/retry-after.js';
import { type BackoffCurve, backoffMs } from '../../policies/backoff.js';
import { schedule } from '../../task/wait.js';
import { type Awaitable, whenThere } from './awaitable.js';
import { ChunkSizes } from './chunk-sizes.js';
import { misread } from './protocol-step.js';
import type {
  ProtocolEvent,
  ResumableProtocol,
  UploadJob,
  UploadLimits,
  UploadStanding,
} from './resumable-protocol.js';
import { bounded, chunkWithin, misfit, unknownOutcome } from './upload-bounds.js';
import type { UploadExchange } from './upload-exchange.js';
import type { UploadNotice } from './upload-notice.js';
import type { UploadRecord } from './upload-record.js';
import type { OpenedSource, SourcePart } from './upload-source.js';

/*
 *   find ── a record ──▶ ask ◀─────────────────────────────┐
 *     │ none              │ standing        │ gone         │ pause over, or at once
 *     ▼                   ▼                 ▼              │
 *   create ─ standing ─▶ append ─ standing ─▶ append …     │
 *     │                   │ lost, ask       │ complete     │
 *     │ lost              └──▶ wait ────────┼──────────────┘
 *     └──▶ wait ─▶ create                   ▼
 *                                         done        gone: forget, create (unless it may be complete)
 *
 * One step at a time; what the server says it has decides where the next one begins, never what was sent.
 */

/** What one run is made of. */
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

const KEPT_ERRORS = 20;

/** One upload from its beginning to its end. */
export class UploadRun {
  readonly #set: RunSettings;
  readonly #out: Subscriber<UploadNotice<Uint8Array>>;
  readonly #left = new Subject<void>();
  readonly #sizes: ChunkSizes;
  readonly #errors: TaskError[] = [];
  #next: (() => void) | undefined;
  #looping = false;
  #pause: Subscription | undefined;
  #url: string | undefined;
  #limits: UploadLimits = {};
  #confirmed = 0;
  #best = 0;
  #losses = 0;
  #restarts = 0;
  #told = false;
  #resumed = false;
  #step: 'create' | 'ask' | 'append' = 'create';
  /** This step's request completes the upload, and has begun. */
  #completing = false;
  /** One that did was lost: until the server says otherwise, the content is not sent anew from its start. */
  #maybeComplete = false;
  #over = false;

  constructor(settings: RunSettings, out: Subscriber<UploadNotice<Uint8Array>>) {
    this.#set = settings;
    this.#out = out;
    this.#sizes = new ChunkSizes(settings.chunkBytes);
  }

  begin(): void {
    this.#out.add(() => {
      this.#leave();
    });
    const { record, job } = this.#set;
    if (record === undefined) {
      this.#then(() => this.#create());
      return;
    }
    this.#when(record.find(), (found) => {
      const isOld = (found?.expiresAtMs ?? Infinity) <= job.now();
      const isOther =
        found?.size !== undefined && job.size !== undefined && found.size !== job.size;
      if (found === undefined || isOld || isOther) this.#create();
      else {
        this.#url = found.url;
        this.#resumed = true;
        this.#ask();
      }
    });
  }

  #create(): void {
    const { protocol, exchange, job, source } = this.#set;
    this.#step = 'create';
    let part: SourcePart | undefined;
    let isWhole = false;
    const note = (given: Awaitable<SourcePart>): Awaitable<SourcePart> => {
      if ('then' in given) return given.then((late) => (part = late));
      return (part = given);
    };
    const events = protocol.create(exchange, job, {
      chunk: (limits) =>
        note(
          source.part(0, chunkWithin(this.#sizes.bytes, { ...this.#limits, ...limits }, source)),
        ),
      whole: () => {
        isWhole = true;
        return note(source.part(0, Infinity));
      },
    });
    this.#operate(
      events,
      0,
      () => part,
      () => isWhole,
    );
  }

  #ask(): void {
    const { protocol, exchange, job } = this.#set;
    this.#step = 'ask';
    this.#operate(protocol.ask(exchange, job, this.#url as string));
  }

  #append(standing: UploadStanding): void {
    const { protocol, exchange, job, source } = this.#set;
    const bytes = chunkWithin(this.#sizes.bytes, this.#limits, source);
    this.#when(source.part(standing.offset, bytes), (part) => {
      this.#step = 'append';
      this.#operate(
        protocol.append(exchange, job, standing, part),
        standing.offset,
        () => part,
        () => part.isLast,
      );
    });
  }

  /** Runs a step of the protocol; what it ends with decides what comes next. */
  #operate(
    events: Observable<ProtocolEvent>,
    from?: number,
    sent: () => SourcePart | undefined = () => undefined,
    completes: () => boolean = () => false,
  ): void {
    let end: ProtocolEvent | undefined;
    this.#completing = false;
    events.pipe(takeUntil(this.#left)).subscribe({
      next: (event) => {
        if (event.type === 'sending') {
          this.#completing ||= completes();
          this.#sending((from ?? 0) + event.loaded);
        } else if (event.type === 'located') this.#locate(event);
        else end ??= event;
      },
      error: (cause: unknown) => {
        this.#fail(cause);
      },
      complete: () => {
        if (!this.#over && !this.#out.closed) this.#then(() => this.#conclude(end, from, sent()));
      },
    });
  }

  #sending(loaded: number): void {
    this.#out.next({
      type: 'progress',
      loaded,
      confirmed: this.#confirmed,
      total: this.#set.job.size,
    });
  }

  #locate({ url, limits, expiresAtMs }: ProtocolEvent & { type: 'located' }): void {
    const isNew = this.#url !== url;
    this.#url = url;
    const tooMuch = this.#bound(limits);
    if (tooMuch !== undefined) this.#giveUp(tooMuch);
    else if (isNew) {
      void this.#save(expiresAtMs);
      this.#tell();
    }
  }

  #conclude(
    end: ProtocolEvent | undefined,
    from: number | undefined,
    part: SourcePart | undefined,
  ): void {
    if (end?.type === 'standing') this.#stands(end.standing, from, part);
    else if (end?.type === 'stopped') this.#stopped(end);
    else
      this.#fail(
        new TypeError(
          `the protocol ${this.#set.protocol.name} ended a step without saying how it stands`,
        ),
      );
  }

  #stands(standing: UploadStanding, from: number | undefined, part: SourcePart | undefined): void {
    const { offset, length, complete, response, expiresAtMs } = standing;
    const { size } = this.#set.job;
    const isNew = this.#url !== standing.url;
    this.#url = standing.url;
    const isOther =
      size !== undefined && (offset > size || (length !== undefined && length !== size));
    if (isOther) {
      this.#mismatched(
        misread(
          response,
          `the server has ${String(offset)} of ${String(length)} bytes, of ${String(size)}`,
        ),
      );
      return;
    }
    const tooMuch = this.#bound(standing.limits);
    if (tooMuch !== undefined) {
      this.#giveUp(tooMuch);
      return;
    }
    this.#confirmed = offset;
    this.#maybeComplete = false;
    const isStill = this.#step === 'append' && offset <= (from ?? 0) && (part?.byteLength ?? 1) > 0;
    if (offset > this.#best || complete) {
      this.#best = offset;
      this.#losses = 0;
      this.#errors.length = 0;
    }
    const go = (): void => {
      this.#tell();
      this.#out.next({ type: 'progress', loaded: offset, confirmed: offset, total: size });
      if (this.#out.closed) return;
      if (complete) this.#done(this.#step === 'ask' ? undefined : response, offset);
      else if (isStill) this.#lost(misread(response, 'the server took none of the bytes'));
      else {
        if (offset > (from ?? 0) && offset === (from ?? 0) + (part?.byteLength ?? 0))
          this.#sizes.arrived();
        this.#then(() => this.#append(standing));
      }
    };
    if (isNew && !complete) this.#when(this.#save(expiresAtMs), go);
    else go();
  }

  #stopped({ verdict, error, limits }: ProtocolEvent & { type: 'stopped' }): void {
    const tooMuch = this.#bound(limits);
    if (tooMuch !== undefined) this.#giveUp(tooMuch);
    else if (verdict === 'failed') this.#fail(error);
    else if (verdict === 'completed') this.#done(undefined, this.#set.job.size ?? this.#confirmed);
    else if (verdict === 'gone') this.#gone(error);
    else this.#lost(error, verdict === 'ask');
  }

  #lost(error: TaskError, atOnce = false): void {
    // Let go by a pause: the next request waits for its end, and nothing went wrong.
    const isPaused = error.code === 'PAUSED';
    this.#maybeComplete ||= this.#completing && mayHaveArrived(error);
    this.#sizes.lost();
    this.#errors.push(error);
    if (this.#errors.length > KEPT_ERRORS) this.#errors.shift();
    if (!isPaused) this.#losses += 1;
    const { maxLosses, curve, random, scheduler } = this.#set;
    if (this.#losses > maxLosses) {
      this.#fail(withPrevious(error, this.#errors));
      return;
    }
    const asked =
      error.kind === 'status'
        ? retryAfterMs(error.status, error.response.headers, scheduler.now())
        : undefined;
    const delayMs =
      asked ??
      (isPaused || (atOnce && this.#losses === 1) ? 0 : backoffMs(this.#losses, curve, random));
    this.#out.next({ type: 'waiting', delayMs, cause: error });
    const again = (): void => {
      if (this.#url === undefined) this.#create();
      else this.#ask();
    };
    if (this.#out.closed) return;
    if (delayMs === 0) this.#then(again);
    else
      this.#pause = schedule(scheduler, delayMs, () => {
        this.#then(again);
      });
  }

  /** The server does not have it any more: from the start, unless that might be the second time. */
  #gone(error: TaskError): void {
    if (this.#maybeComplete) {
      this.#fail(unknownOutcome(error));
      return;
    }
    this.#restarts += 1;
    if (this.#restarts > this.#set.maxLosses) {
      this.#fail(error);
      return;
    }
    this.#url = undefined;
    this.#resumed = false;
    this.#told = false;
    this.#confirmed = 0;
    this.#best = 0;
    this.#out.next({ type: 'restarted', cause: error });
    this.#when(this.#set.record?.remove(), () => this.#create());
  }

  /** Another content is there: found again by mistake, it is left alone. */
  #mismatched(error: TaskError): void {
    if (this.#resumed) this.#gone(error);
    else this.#fail(error);
  }

  #bound(limits: UploadLimits | undefined): TaskError | undefined {
    this.#limits = bounded(this.#limits, limits);
    return misfit(this.#limits, this.#set.job);
  }

  #tell(): void {
    if (this.#told || this.#url === undefined) return;
    this.#told = true;
    this.#out.next({
      type: 'begun',
      url: this.#url,
      offset: this.#confirmed,
      resumed: this.#resumed,
    });
  }

  #save(expiresAtMs: number | undefined): Awaitable<void> {
    return this.#set.record?.save({
      url: this.#url as string,
      size: this.#set.job.size,
      expiresAtMs,
    });
  }

  #done(response: UploadStanding['response'] | undefined, bytes: number): void {
    const { record, keepsRecord } = this.#set;
    this.#over = true;
    this.#when(keepsRecord ? undefined : record?.remove(), () => {
      this.#out.next({ type: 'done', url: this.#url ?? '', bytes, response });
      this.#out.complete();
    });
  }

  #fail(error: unknown): void {
    this.#over = true;
    this.#out.error(fromInput(error));
  }

  #giveUp(error: TaskError): void {
    this.#over = true;
    this.#abandon();
    this.#fail(error);
  }

  #leave(): void {
    this.#left.next();
    this.#left.complete();
    this.#pause?.unsubscribe();
    this.#set.source.close();
    if (!this.#over && this.#set.deleteOnCancel) this.#abandon();
  }

  #abandon(): void {
    const { protocol, farewell, job, record } = this.#set;
    const url = this.#url;
    if (url === undefined) return;
    this.#left.next();
    void record?.remove();
    protocol.abandon(farewell, job, url).subscribe({ error: () => undefined });
  }

  #when<T>(value: Awaitable<T>, go: (value: T) => void): void {
    whenThere(
      value,
      this.#out,
      (there) => this.#then(() => go(there)),
      (cause) => this.#fail(cause),
    );
  }

  /** The next step, in a loop rather than from within the last: a thousand chunks of a fake are no deep stack. */
  #then(step: () => void): void {
    this.#next = step;
    if (this.#looping) return;
    this.#looping = true;
    try {
      for (let now = this.#take(); now !== undefined && !this.#out.closed; now = this.#take())
        now();
    } catch (cause) {
      this.#fail(cause);
    } finally {
      this.#looping = false;
    }
  }

  #take(): (() => void) | undefined {
    const step = this.#next;
    this.#next = undefined;
    return step;
  }
}

/** Whether the request that failed so may have been carried out. */
function mayHaveArrived(error: TaskError): boolean {
  if (error.kind === 'network') return error.sent;
  return error.kind !== 'status' || error.status >= 500;
}
