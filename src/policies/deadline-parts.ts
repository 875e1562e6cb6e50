import type { SchedulerLike } from 'rxjs';
import type { TimeoutPhase } from '../errors/kinds.js';
import { type ContextToken, contextToken } from '../http/context.js';
import { invalid } from '../http/invalid-input.js';
import { checkDuration, checkOptionNames, ownOptions } from '../http/option-checks.js';

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

const PARTS = ['connectMs', 'responseMs', 'idleMs', 'totalMs'] as const;

/** A private copy of the parts, every one checked; a number as the part that it stands for. @throws InvalidInput */
export function checkedParts(
  given: number | false | DeadlineOptions,
  alsoKnown: readonly string[] = [],
): DeadlineOptions {
  if (given === false) return { connectMs: 0, responseMs: 0, idleMs: 0, totalMs: 0 };
  if (typeof given === 'number') return { totalMs: checkDuration('deadline', given) };
  if (typeof given !== 'object' || (given as unknown) === null)
    throw invalid(
      'deadline',
      'milliseconds, false, or an object with connectMs, responseMs, idleMs, totalMs',
      given,
    );
  checkOptionNames('deadline', given, [...PARTS, ...alsoKnown]);
  const own = ownOptions(given);
  for (const part of PARTS) {
    const value = own[part];
    if (value !== undefined && value !== false) checkDuration(`deadline.${part}`, value);
  }
  return own;
}

/** The limits that parts, already checked, come to; `undefined` when there is none. */
export function limitsOf(parts: DeadlineParts): DeadlineLimits | undefined {
  const [connect, response, idle, total] = PARTS.map((part) => parts[part] || Infinity) as [
    number,
    number,
    number,
    number,
  ];
  return Math.min(connect, response, idle, total) === Infinity
    ? undefined
    : { connect, response, idle, total };
}
