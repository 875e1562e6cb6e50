import type { Exchange } from './exchange.js';
import { faultServer, type FaultServer } from './fault-server.js';
import type { FaultPlan } from './fault-plan.js';

export interface EffectServerOptions {
  /** Answers a repeated `Idempotency-Key` from memory instead of applying the effect again. */
  readonly honoursIdempotencyKey?: boolean;
}

export interface EffectServer extends FaultServer {
  /** How often the effect of a request was applied, by the `x-request-id` that the client sends. */
  readonly effects: ReadonlyMap<string, number>;
  /** How many attempts reached the server, by request id. */
  readonly attempts: ReadonlyMap<string, number>;
  /** The `Idempotency-Key`s seen, by request id. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  /** Requests whose effect was applied more than once. */
  duplicates(): number;
}

/** A server that counts effects while the plan breaks its answers. A request is known by its `x-request-id` field. */
export async function effectServer(
  plan: FaultPlan,
  options: EffectServerOptions = {},
): Promise<EffectServer> {
  const effects = new Map<string, number>();
  const attempts = new Map<string, number>();
  const keys = new Map<string, Set<string>>();
  const done = new Set<string>();

  const apply = (id: string, key: string | undefined): void => {
    if (key !== undefined && options.honoursIdempotencyKey) {
      if (done.has(key)) return;
      done.add(key);
    }
    effects.set(id, (effects.get(id) ?? 0) + 1);
  };

  const script = async (exchange: Exchange): Promise<unknown> => {
    const id = exchange.request.headers['x-request-id'] ?? '';
    const key = exchange.request.headers['idempotency-key'];
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    if (key !== undefined) keys.set(id, (keys.get(id) ?? new Set()).add(key));
    const fault = plan.faultFor(id, attempt);
    await exchange.readBody();
    if (fault === 'resetBefore') return exchange.reset();
    if (fault === 'unavailableBefore') return exchange.respond(503, {}, 'no');
    apply(id, key);
    const body = JSON.stringify({ id, attempt });
    if (fault === 'resetAfter') return exchange.reset();
    if (fault === 'unavailableAfter') return exchange.respond(502, {}, 'no');
    if (fault === 'stallAfter') return exchange.stall();
    if (fault === 'cutInHeadAfter')
      return exchange.raw('HTTP/1.1 200 O').then(() => exchange.end());
    if (fault === 'none')
      return exchange.respond(200, { 'content-type': 'application/json' }, body);
    await exchange.head(200, { 'content-type': 'application/json', 'content-length': body.length });
    await exchange.body(body.slice(0, 5));
    return exchange.end();
  };

  const server = await faultServer(script);
  return Object.assign(server, {
    effects,
    attempts,
    keys,
    duplicates: () => [...effects.values()].filter((count) => count > 1).length,
  });
}
