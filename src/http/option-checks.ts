import { invalid } from './invalid-input.js';

/** A copy without a prototype: an option that somebody hung on `Object.prototype` is nobody's option. */
export function ownOptions<T extends object>(options: T): T {
  return Object.assign(Object.create(null) as T, options);
}

/** Refuses an option that is not in the list, naming it and the nearest that is. */
export function checkOptionNames(where: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw invalid(
        where === '' ? name : `${where}.${name}`,
        `unknown option; known are ${known.join(', ')}`,
      );
  }
}

/** Refuses what is not a finite, non-negative number of milliseconds. */
export function checkDuration(field: string, value: number): number {
  if (typeof value !== 'number' || Number.isNaN(value) || value < 0 || value === Infinity)
    throw invalid(field, 'a duration in milliseconds, 0 or more', value);
  return value;
}

/** Refuses what is not a whole number of at least `least`; `Infinity` passes where it is allowed. */
export function checkCount(
  field: string,
  value: number,
  least: number,
  allowInfinity = false,
): number {
  if (!((Number.isSafeInteger(value) && value >= least) || (allowInfinity && value === Infinity))) {
    throw invalid(field, `a whole number, ${String(least)} or more`, value);
  }
  return value;
}

/** Refuses what cannot be called. */
export function checkFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw invalid(field, 'a function', value);
}
