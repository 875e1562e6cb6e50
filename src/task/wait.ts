import { type SchedulerLike, Observable, Subscription } from 'rxjs';

/** The longest delay that timers of the platform take: beyond 2^31 - 1 ms they fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Calls back once after a delay of any length; unsubscribing clears it. */
export function schedule(
  scheduler: SchedulerLike,
  delayMs: number,
  callback: () => void,
): Subscription {
  if (delayMs <= LONGEST_MS) return scheduler.schedule(callback, delayMs);
  const waiting = new Subscription();
  waiting.add(
    scheduler.schedule(() => {
      waiting.add(schedule(scheduler, delayMs - LONGEST_MS, callback));
    }, LONGEST_MS),
  );
  return waiting;
}

/** Completes after a delay of any length. */
export function wait(scheduler: SchedulerLike, delayMs: number): Observable<never> {
  return new Observable((subscriber) =>
    schedule(scheduler, delayMs, () => {
      subscriber.complete();
    }),
  );
}
