import { invalid } from './invalid-input.js';

/** A copy without a prototype: an option that somebody hung on `Object.prototype` is nobody's option. */
export function ownOptions<T extends object>(options: T): T {
  return Object.assign(Object.create(null) as T, options);
}

/** Refuses what is no object, and an option that is not in the list, naming it and those that are. */
export function checkOptionNames(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || (options as unknown) === null)
    throw invalid(where === '' ? 'options' : where, 'an object', options);
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw invalid(
        where === '' ? name : `${where}.${name}`,
        `unknown option; known are ${known.join(', ')}`,
      );
  }
}

/** For each option what refuses or reads its value; it is told the name to complain about. */
export type Checks<T> = { readonly [K in keyof T]-?: Check };

type Check = (field: string, value: never) => unknown;

/** A private copy of the options, without a prototype, each of them checked. @throws InvalidInput */
export function readOptions<T extends object>(where: string, given: T, checks: Checks<T>): T {
  checkOptionNames(where, given, Object.keys(checks));
  const own = ownOptions<Partial<Record<string, unknown>>>(given);
  for (const [name, value] of Object.entries(own))
    if (value !== undefined)
      own[name] = checks[name as keyof T](where === '' ? name : `${where}.${name}`, value as never);
  return own as T;
}

/** The options, which were read, with what stands in for those that are not given. */
export function withDefaults<T extends object, D extends Partial<T>>(
  options: T,
  defaults: D,
): T & Required<Pick<T, keyof D & keyof T>> {
  for (const [name, value] of Object.entries(defaults)) options[name as keyof T] ??= value as never;
  return options as T & Required<Pick<T, keyof D & keyof T>>;
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

/** A check for whole numbers of at least `least`; `Infinity` passes where it is allowed. */
export function countFrom(
  least: number,
  allowInfinity?: boolean,
): (field: string, value: number) => number {
  return (field, value) => checkCount(field, value, least, allowInfinity);
}

/** Refuses what is neither a duration nor `Infinity`. */
export function checkPatience(field: string, value: number): number {
  return value === Infinity ? value : checkDuration(field, value);
}

/** Refuses what cannot be called. */
export function checkFunction<T>(field: string, value: T): T {
  if (typeof value !== 'function') throw invalid(field, 'a function', value);
  return value;
}

/** Refuses what is neither true nor false. */
export function checkFlag(field: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw invalid(field, 'true or false', value);
  return value;
}

/** Refuses what is no list. */
export function checkList<T>(field: string, wanted: string, value: readonly T[]): readonly T[] {
  const list: unknown = value;
  if (!Array.isArray(list)) throw invalid(field, wanted, list);
  return value;
}

/** Refuses what is no clock of RxJS. */
export function checkScheduler<T>(field: string, value: T): T {
  if (typeof (value as { readonly schedule?: unknown } | null)?.schedule !== 'function')
    throw invalid(field, 'an RxJS scheduler', value);
  return value;
}
