import { Observable } from 'rxjs';
import { type ContextToken, contextToken } from '../http/context.js';
import { invalid } from '../http/invalid-input.js';
import {
  type Checks,
  checkFunction,
  checkList,
  countFrom,
  readOptions,
} from '../http/option-checks.js';
import type { TaskRequest } from '../http/request.js';
import { checkingInput } from '../errors/from-input.js';
import { type Policy, policy } from '../task/policy.js';
import { dedupeKey } from './dedupe-key.js';
import { SharedExchange } from './shared-exchange.js';

/** Which requests are one, and for how long one may still join. */
export interface DedupeOptions {
  /** Names of the header fields by which requests differ, beside those that carry credentials. Default all fields. */
  readonly headers?: readonly string[];
  /** In place of method, URL and header fields; fields with credentials still count. `undefined` does not share. */
  readonly key?: (request: TaskRequest) => string | undefined;
  /** Bytes of a body that are kept for those who join; behind them a request is one of its own. Default 1 MiB. */
  readonly maxReplayBytes?: number;
}

const CHECKS: Checks<DedupeOptions> = {
  headers: (field, names: readonly string[]) => {
    if (!checkList(field, 'a list of names', names).every((name) => typeof name === 'string'))
      throw invalid(field, 'a list of names', names);
    return names;
  },
  key: checkFunction,
  maxReplayBytes: countFrom(0, true),
};

/** Whether {@link dedupe} may share a request: `DEDUPE.of(false)` makes it one of its own. */
export const DEDUPE: ContextToken<boolean> = contextToken('dedupe', true);

/**
 * Makes one exchange of identical GETs (and HEADs) that are in flight at the same time.
 *
 * Who joins is told at once where the exchange stands, and then hears what the others hear. It ends early only when
 * the last one leaves, whoever was first. Identical is: method, URL, header fields, context, and the same view
 * (`.events` and `.bytes` are not made one with the collected body). Nothing is kept once the exchange has ended: the
 * next request is sent. Chunks are shared between the views: read them, do not write into them. `for await` is not shared.
 *
 * @example
 * createClient({ interceptors: [dedupe(), retryTransient()] });
 */
export function dedupe(options: DedupeOptions = {}): Policy {
  const {
    headers,
    key,
    maxReplayBytes = 1_048_576,
  } = checkingInput(() => readOptions('', options, CHECKS));
  const open = new Map<string, Set<SharedExchange>>();
  return policy({
    name: 'dedupe',
    intercept: (request, next) => {
      const name = request.context.get(DEDUPE) ? dedupeKey(request, headers, key) : undefined;
      if (name === undefined) return next(request);
      return new Observable((subscriber) => {
        const alike = open.get(name) ?? new Set();
        for (const exchange of alike) {
          if (exchange.fits(request, next)) {
            exchange.join(subscriber, request);
            return;
          }
        }
        const exchange = new SharedExchange(request, next, maxReplayBytes, () => {
          alike.delete(exchange);
          if (alike.size === 0 && open.get(name) === alike) open.delete(name);
        });
        alike.add(exchange);
        open.set(name, alike);
        exchange.join(subscriber, request);
        exchange.start();
      });
    },
  });
}
