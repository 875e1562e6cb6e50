import { Observable, type Subscriber } from 'rxjs';
import type { TaskRequest } from '../http/request.js';
import type { TaskEvent } from '../task/task-event.js';
import type { TaskHandler } from '../task/task-handler.js';
import { EventMemory } from './event-memory.js';

/** One of those who share an exchange. What happens while it is still being told what has happened waits its turn. */
interface Member {
  readonly subscriber: Subscriber<TaskEvent>;
  /** What its attempts are ahead of those of the exchange. */
  readonly offset: number;
  turn: (() => void)[] | undefined;
}

/** One exchange and those who listen to it. It lasts until it ends, or the last of them leaves. */
export class SharedExchange {
  readonly #request: TaskRequest;
  readonly #next: TaskHandler;
  readonly #memory: EventMemory;
  readonly #onClosed: () => void;
  #source: Subscriber<TaskEvent> | undefined;
  #members: readonly Member[] = [];

  constructor(
    request: TaskRequest,
    next: TaskHandler,
    maxReplayBytes: number,
    onClosed: () => void,
  ) {
    this.#request = request;
    this.#next = next;
    this.#memory = new EventMemory(maxReplayBytes);
    this.#onClosed = onClosed;
  }

  /** Whether this request is the same exchange, and can still be told all of it. */
  fits(request: TaskRequest, next: TaskHandler): boolean {
    return (
      this.#memory.isWhole && this.#next === next && this.#request.context.equals(request.context)
    );
  }

  /** Sends it; without the signal of the one who came first, which speaks for that one alone. */
  start(): void {
    if (this.#members.length === 0) return;
    const request =
      this.#request.signal === undefined
        ? this.#request
        : this.#request.clone({ signal: undefined });
    const exchange = new Observable<TaskEvent>((source) => {
      this.#source = source;
      // It may be left without an end: then nobody may join it any more.
      source.add(() => {
        this.#onClosed();
      });
      this.#next(request).subscribe(source);
    });
    exchange.subscribe({
      next: (event) => {
        this.#memory.add(event);
        this.#tellAll((member) => {
          member.subscriber.next(renumbered(event, member.offset));
        });
      },
      error: (error: unknown) => {
        this.#end((member) => {
          member.subscriber.error(error);
        });
      },
      complete: () => {
        this.#end((member) => {
          member.subscriber.complete();
        });
      },
    });
  }

  join(subscriber: Subscriber<TaskEvent>, request: TaskRequest): void {
    const member: Member = {
      subscriber,
      offset: request.attempt - this.#request.attempt,
      turn: [],
    };
    this.#members = [...this.#members, member];
    subscriber.add(() => {
      this.#leave(member);
    });
    for (const event of this.#memory.events()) subscriber.next(renumbered(event, member.offset));
    while (member.turn !== undefined && member.turn.length > 0) member.turn.shift()?.();
    member.turn = undefined;
  }

  #leave(member: Member): void {
    const before = this.#members;
    this.#members = before.filter((one) => one !== member);
    if (before.length === 0 || this.#members.length > 0) return;
    this.#onClosed();
    this.#source?.unsubscribe();
  }

  #end(tell: (member: Member) => void): void {
    this.#onClosed();
    this.#tellAll(tell);
  }

  #tellAll(tell: (member: Member) => void): void {
    for (const member of this.#members) {
      if (member.turn === undefined) tell(member);
      else {
        member.turn.push(() => {
          tell(member);
        });
      }
    }
  }
}

function renumbered(event: TaskEvent, offset: number): TaskEvent {
  return offset !== 0 && (event.type === 'sent' || event.type === 'retrying')
    ? { ...event, attempt: event.attempt + offset }
    : event;
}
