import type { SchedulerLike } from 'rxjs';
import type { TimeoutPhase } from '../errors/kinds.js';
import { type ContextToken, contextToken } from '../http/context.js';
import { invalid } from '../http/invalid-input.js';
import { type Checks, checkDuration, checkScheduler, readOptions } from '../http/option-checks.js';

/** How long each part of a task may take, in milliseconds; what is left out, 0 or `false` has no limit. */
export interface DeadlineParts {
  /** From subscribing to a standing connection, where the platform can tell; elsewhere to the head. */
  readonly connectMs?: number | false;
  /** From subscribing to the head of the response. */
  readonly responseMs?: number | false;
  /** Between two signs of life: bytes sent or received, a head, an attempt. What a slow consumer holds back does not count. */
  readonly idleMs?: number | false;
  /** From subscribing to the end. */
  readonly totalMs?: number | false;
}

/** How {@link deadline} measures. */
export interface DeadlineOptions extends DeadlineParts {
  /** The clock. Default the client's. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Overrides the outermost {@link deadline} around one request, part by part: a number is `totalMs`, `false` lifts all
 * of it. That deadline uses it up; those further in keep their own.
 *
 * @example
 * client.get('/export', { context: [DEADLINE.of({ totalMs: 600_000, responseMs: false })] });
 */
export const DEADLINE: ContextToken<number | false | DeadlineParts | undefined> = contextToken<
  number | false | DeadlineParts | undefined
>('deadline', undefined);

/** Milliseconds for each part; `Infinity` where there is no limit. */
export type DeadlineLimits = Readonly<Record<TimeoutPhase, number>>;

const PARTS: Checks<DeadlineParts> = {
  connectMs: durationOrOff,
  responseMs: durationOrOff,
  idleMs: durationOrOff,
  totalMs: durationOrOff,
};
const OPTIONS: Checks<DeadlineOptions> = { ...PARTS, scheduler: checkScheduler };

/** A private copy of the options, every one checked; a number as the part that it stands for. @throws InvalidInput */
export function checkedDeadline(given: number | false | DeadlineOptions): DeadlineOptions {
  return read(given, OPTIONS);
}

/** A private copy of what a request says, likewise. @throws InvalidInput */
export function checkedParts(given: number | false | DeadlineParts): DeadlineParts {
  return read(given, PARTS);
}

function read<T extends DeadlineParts>(given: number | false | T, checks: Checks<T>): T {
  if (given === false) return { connectMs: 0, responseMs: 0, idleMs: 0, totalMs: 0 } as T;
  if (typeof given === 'number') return { totalMs: checkDuration('deadline', given) } as T;
  if (typeof given !== 'object' || (given as unknown) === null)
    throw invalid(
      'deadline',
      'milliseconds, false, or an object with connectMs, responseMs, idleMs, totalMs',
      given,
    );
  return readOptions('deadline', given, checks);
}

function durationOrOff(field: string, value: number | false): number | false {
  return value === false ? value : checkDuration(field, value);
}

/** The limits that parts, already checked, come to; `undefined` when there is none. */
export function limitsOf(parts: DeadlineParts): DeadlineLimits | undefined {
  const { connectMs, responseMs, idleMs, totalMs } = parts;
  const connect = connectMs || Infinity;
  const response = responseMs || Infinity;
  const idle = idleMs || Infinity;
  const total = totalMs || Infinity;
  return Math.min(connect, response, idle, total) === Infinity
    ? undefined
    : { connect, response, idle, total };
}
