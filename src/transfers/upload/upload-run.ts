import { type Observable, Subject, type Subscriber, type Subscription, takeUntil } from 'rxjs';
import { fromInput } from '../../errors/from-input.js';
import type { TaskError } from '../../errors/task-error.js';
import { schedule } from '../../task/wait.js';
import { ChunkSizes } from './chunk-sizes.js';
import { type SentPart, firstParts } from './first-parts.js';
import { LossCount } from './loss-count.js';
import { misread } from './protocol-step.js';
import type { ProtocolEvent, UploadLimits, UploadStanding } from './resumable-protocol.js';
import type { RunSettings } from './run-settings.js';
import { StepLoop } from './step-loop.js';
import { bounded, chunkWithin, misfit } from './upload-bounds.js';
import {
  endsAt,
  isOfContent,
  mayHaveArrived,
  otherContent,
  unknownOutcome,
} from './upload-doubts.js';
import type { UploadNotice } from './upload-notice.js';
import { UploadPlace } from './upload-place.js';

/*
 *   find ── a record ──▶ ask ◀─────────────────────────────┐
 *     │ none              │ standing        │ gone         │ the pause is over
 *     ▼                   ▼                 ▼              │
 *   create ─ standing ─▶ append ─ standing ─▶ append …     │
 *     │                   │ lost, ask       │ complete     │
 *     │ lost              └──▶ wait ────────┼──────────────┘
 *     └──▶ wait ─▶ create                   ▼
 *                                         done        gone: forget, create (unless it may be complete)
 *
 * One step at a time; what the server says it has decides where the next one begins, never what was sent.
 */

/** One upload from its beginning to its end. */
export class UploadRun {
  readonly #set: RunSettings;
  readonly #out: Subscriber<UploadNotice<Uint8Array>>;
  readonly #place: UploadPlace;
  readonly #losses: LossCount;
  readonly #sizes: ChunkSizes;
  readonly #loop: StepLoop;
  readonly #left = new Subject<void>();
  #pause: Subscription | undefined;
  #limits: UploadLimits = {};
  #confirmed = 0;
  /** A request that completes the upload was lost: until the server says otherwise, nothing is sent anew from its start. */
  #maybeComplete = false;
  #over = false;

  constructor(settings: RunSettings, out: Subscriber<UploadNotice<Uint8Array>>) {
    this.#set = settings;
    this.#out = out;
    this.#place = new UploadPlace(settings, out);
    this.#losses = new LossCount(settings);
    this.#sizes = new ChunkSizes(settings.chunkBytes);
    this.#loop = new StepLoop(out, (cause) => {
      this.#fail(cause);
    });
  }

  begin(): void {
    this.#out.add(() => {
      this.#leave();
    });
    this.#loop.when(this.#set.record?.find(), (found) => {
      if (this.#place.resume(found)) this.#ask();
      else this.#create();
    });
  }

  #create(): void {
    const { protocol, exchange, job, source } = this.#set;
    const sent: SentPart = { step: 'create', from: 0, completes: false, isOut: false };
    const parts = firstParts(source, sent, (limits) => {
      this.#limits = bounded(this.#limits, limits);
      const error = misfit(this.#limits, job);
      if (error !== undefined) throw error;
      return chunkWithin(this.#sizes.bytes, this.#limits, source);
    });
    this.#operate(protocol.create(exchange, job, parts), sent);
  }

  #ask(): void {
    const { protocol, exchange, job } = this.#set;
    const sent: SentPart = { step: 'ask', from: this.#confirmed, completes: false, isOut: false };
    this.#operate(protocol.ask(exchange, job, this.#place.url as string), sent);
  }

  #append(standing: UploadStanding): void {
    const { protocol, exchange, job, source } = this.#set;
    const from = standing.offset;
    const wanted = source.part(from, chunkWithin(this.#sizes.bytes, this.#limits, source));
    this.#loop.when(wanted, (part) => {
      const sent: SentPart = { step: 'append', from, part, completes: part.isLast, isOut: false };
      this.#operate(protocol.append(exchange, job, standing, part), sent);
    });
  }

  /** Runs a step of the protocol; what it ends with decides what comes next. */
  #operate(events: Observable<ProtocolEvent>, sent: SentPart): void {
    let end: ProtocolEvent | undefined;
    events.pipe(takeUntil(this.#left)).subscribe({
      next: (event) => {
        if (event.type === 'sending') {
          sent.isOut = true;
          this.#progress(sent.from + event.loaded);
        } else if (event.type === 'located') this.#located(event);
        else if (event.type === 'stored') this.#confirmed = Math.max(this.#confirmed, event.offset);
        else end ??= event;
      },
      error: (cause: unknown) => {
        this.#fail(cause);
      },
      complete: () => {
        if (this.#over || this.#out.closed) return;
        this.#loop.then(() => {
          if (end?.type === 'standing') this.#stands(end.standing, sent);
          else if (end?.type === 'stopped') this.#stopped(end, sent);
          else throw new TypeError(`${this.#set.protocol.name}: a step ended and did not say how`);
        });
      },
    });
  }

  #progress(loaded: number): void {
    const { size } = this.#set.job;
    this.#out.next({ type: 'progress', loaded, confirmed: this.#confirmed, total: size });
  }

  #located({ url, limits, expiresAtMs }: ProtocolEvent & { type: 'located' }): void {
    void this.#place.locate(url, expiresAtMs);
    if (this.#fits(limits)) this.#place.tell(this.#confirmed);
  }

  #stands(standing: UploadStanding, sent: SentPart): void {
    const { url, offset, complete, response, expiresAtMs } = standing;
    const other = otherContent(standing, this.#set.job);
    if (other !== undefined) {
      // Found by a record, it is somebody else's: left alone.
      if (this.#place.isResumed) this.#gone(other);
      else this.#fail(other);
      return;
    }
    if (!this.#fits(standing.limits)) return;
    this.#confirmed = offset;
    this.#maybeComplete = false;
    this.#losses.arrived(offset);
    const bytes = sent.part?.byteLength ?? 0;
    const isStill = sent.step === 'append' && offset <= sent.from && bytes > 0;
    if (bytes > 0 && offset === sent.from + bytes) this.#sizes.arrived();
    if (complete) {
      this.#loop.when(endsAt(this.#set.source, offset, sent), () => {
        this.#place.tell(offset);
        this.#progress(offset);
        this.#done(url, sent.step === 'ask' ? undefined : response, offset);
      });
      return;
    }
    this.#loop.when(this.#place.locate(url, expiresAtMs), () => {
      this.#place.tell(offset);
      this.#progress(offset);
      if (isStill) this.#lost(misread(response, 'the server took none of the bytes'));
      else this.#append(standing);
    });
  }

  #stopped({ verdict, error, limits }: ProtocolEvent & { type: 'stopped' }, sent: SentPart): void {
    if (!this.#fits(limits)) return;
    const isCompleting = sent.completes && sent.isOut;
    this.#maybeComplete ||= verdict === 'completed' || (isCompleting && mayHaveArrived(error));
    if (verdict === 'gone') this.#gone(error);
    else if (verdict !== 'failed') this.#lost(error, verdict !== 'lost');
    // What was refused as a whole is not to be found again, and be called done for having arrived.
    else if (isCompleting && isOfContent(error))
      this.#loop.when(this.#place.forget(), () => {
        this.#fail(error);
      });
    else this.#fail(error);
  }

  #lost(error: TaskError, atOnce = false): void {
    this.#sizes.lost();
    const delayMs = this.#losses.add(error, atOnce);
    if (typeof delayMs !== 'number') {
      this.#fail(delayMs);
      return;
    }
    this.#out.next({ type: 'waiting', delayMs, cause: error });
    if (this.#out.closed) return;
    const again = (): void => {
      this.#loop.then(() => {
        if (this.#place.url === undefined) this.#create();
        else this.#ask();
      });
    };
    if (delayMs === 0) again();
    else this.#pause = schedule(this.#set.scheduler, delayMs, again);
  }

  /** The server does not have it any more: from the start, unless that might be the second time. */
  #gone(error: TaskError): void {
    const mayRestart = this.#losses.restart();
    if (this.#maybeComplete || !mayRestart) {
      this.#fail(this.#maybeComplete ? unknownOutcome(error) : error);
      return;
    }
    this.#confirmed = 0;
    this.#out.next({ type: 'restarted', cause: error });
    this.#loop.when(this.#place.forget(), () => {
      this.#create();
    });
  }

  /** Takes in what the server bounds; content beyond that is given up. */
  #fits(limits: UploadLimits | undefined): boolean {
    this.#limits = bounded(this.#limits, limits);
    const error = misfit(this.#limits, this.#set.job);
    if (error === undefined) return true;
    this.#over = true;
    this.#left.next();
    this.#place.abandon();
    this.#fail(error);
    return false;
  }

  #done(url: string, response: UploadStanding['response'] | undefined, bytes: number): void {
    this.#over = true;
    this.#loop.when(this.#place.finish(), () => {
      this.#out.next({ type: 'done', url, bytes, response });
      this.#out.complete();
    });
  }

  #fail(error: unknown): void {
    this.#over = true;
    this.#out.error(fromInput(error));
  }

  #leave(): void {
    this.#left.next();
    this.#left.complete();
    this.#pause?.unsubscribe();
    this.#set.source.close();
    if (!this.#over && this.#set.deleteOnCancel) this.#place.abandon();
  }
}
