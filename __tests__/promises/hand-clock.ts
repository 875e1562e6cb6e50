import { VirtualTimeScheduler } from 'rxjs';

/** A clock for a client whose time passes only when the test says so, while its sockets are real. */
export interface HandClock {
  readonly scheduler: VirtualTimeScheduler;
  /** Lets this many milliseconds pass and runs what is due. */
  advance(byMs: number): void;
  /** How many actions wait for their time. */
  readonly waiting: number;
}

export function handClock(): HandClock {
  const scheduler = new VirtualTimeScheduler();
  let nowMs = 0;
  return {
    scheduler,
    advance: (byMs) => {
      nowMs += byMs;
      scheduler.schedule(() => undefined, nowMs - scheduler.frame);
      scheduler.maxFrames = nowMs;
      scheduler.flush();
    },
    get waiting() {
      return scheduler.actions.length;
    },
  };
}
