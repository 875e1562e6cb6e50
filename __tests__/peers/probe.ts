import type { LoopbackServer } from '../support/loopback.js';
import type { Column, Made } from './column.js';

/**
 * One row of the comparison: tries one promise on one client and says what happened, in the words of the page. `yes` is
 * a promise kept, `no` one broken, with what was seen; `undefined` that the client has no such thing.
 */
export type Probe = (column: Column) => Promise<string | undefined>;

/** The rows of one table, by their title. */
export type Probes = Readonly<Record<string, Probe>>;

export const yes = 'yes';
export const no = (saw?: string): string => (saw === undefined ? '**no**' : `**no**: ${saw}`);

/** A row that only a client over the platform's own transport can be judged by. */
export const overItsOwn =
  (probe: Probe): Probe =>
  async (column) =>
    column.standsIn ? undefined : probe(column);

/** Whether something comes true at the server before it has been round the event loop many times: an end to waiting without a clock. */
export async function soon(server: LoopbackServer, condition: () => boolean): Promise<boolean> {
  for (let round = 0; round < 12 && !condition(); round++) await server.barrier();
  return condition();
}

/** What became of a request. */
export interface Outcome {
  readonly values: any[];
  readonly error?: any;
  readonly completed: boolean;
}

/** Subscribes and waits for the end. */
export function outcomeOf(made: Made): Promise<Outcome> {
  return new Promise((resolve) => {
    const values: any[] = [];
    made.subscribe({
      next: (value) => values.push(value),
      error: (error: unknown) => resolve({ values, error, completed: false }),
      complete: () => resolve({ values, completed: true }),
    });
  });
}

/** Subscribes without looking; a failure is no surprise. */
export const start = (made: Made): { unsubscribe(): void } =>
  made.subscribe({ error: () => undefined });

/** Runs with a server and stops it. */
export async function withServer<T>(
  starting: Promise<LoopbackServer>,
  work: (server: LoopbackServer) => Promise<T>,
): Promise<T> {
  const server = await starting;
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}
