import { expect } from '@jest/globals';
import { eventually } from './eventually.js';

/** What keeps the process alive, by the names that Node gives it, as far as they match. */
export const held = (names: RegExp): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((name) => names.test(name))
    .sort();

/**
 * Once the process holds no more of it than that. A socket that was destroyed is held some turns of the event loop longer,
 * also one of another file that ran before in the same process; what leaks is held for good, and fails.
 */
export async function heldNoMoreThan(before: readonly string[], names: RegExp): Promise<void> {
  const more = (): string[] => {
    const now = held(names);
    for (const name of before) if (now.includes(name)) now.splice(now.indexOf(name), 1);
    return now;
  };
  await eventually(() => more().length === 0);
  expect(more()).toEqual([]);
}
