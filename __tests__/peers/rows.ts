import type { Probes } from './probe.js';
import { cold } from './probes/cold.js';
import { errors } from './probes/errors.js';
import { retries } from './probes/retry.js';
import { time } from './probes/time.js';
import { uploads } from './probes/uploads.js';

/** Every row that the page may hold, by its title. */
export const rows: Probes = { ...cold, ...retries, ...time, ...errors, ...uploads };
