import type { Observer } from 'rxjs';

/** A request that was made, in the client's own way: perhaps on its way already, if the client knows no other. */
export interface Made {
  subscribe(observer: Partial<Observer<any>>): { unsubscribe(): void };
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  /** The client's own time limit, however it means it. */
  readonly timeoutMs?: number;
}

export interface AskingAgain extends Asking {
  /** Opened by the column as often as the client asks. */
  readonly body?: AsyncIterable<Uint8Array>;
  /** The longest wait that a server may ask for. */
  readonly maxRetryAfterMs?: number;
  /** Asked by an interceptor or hook of the client's own, nearer to the wire than the retry. */
  readonly token?: () => string;
}

/** A client that was made for several requests. */
export type Getting = (url: string) => Made;

/**
 * One column of the comparison: what a client can do, in the shape that the probes ask for. What is missing is what the
 * client does not have. Promise clients are left by aborting the signal that they were given.
 */
export interface Column {
  readonly name: string;
  /** It stands on a stand-in for the browser's own: what that does with bytes and redirects says nothing. */
  readonly standsIn?: boolean;
  /** The body, from JSON; failing on a status that is no success. Never tried again. */
  get(url: string, asking?: Asking): Made;
  /** The bytes of the body as they come. */
  readonly bytes?: (url: string) => Made;
  /** A body from a source of bytes that the client pulls. */
  readonly upload?: (url: string, open: () => AsyncIterable<Uint8Array>) => Made;
  /** Three attempts in all, without a pause worth mentioning. */
  readonly again?: (url: string, asking?: AskingAgain) => Made;
  /** `retry(2)` of RxJS behind the request. */
  readonly retried?: (url: string) => Made;
  /** One client that sends a token to this origin and renews it when it is refused. */
  readonly renewing?: (origin: string, first: string, renew: () => Promise<string>) => Getting;
  /** The same GET over each of its adapters, when it has several. */
  readonly adapters?: readonly Getting[];
  /** One client that lets identical GETs share one exchange. */
  readonly sharing?: () => Getting;
}

/** A package that the root does not have: loaded by name, from the folder of the rivals. */
export const load = (name: string): Promise<any> => import(name);

/** What a promise client gives: it is on its way, and everybody who subscribes looks at the same one. */
export function hot(start: (signal: AbortSignal) => Promise<unknown>, signal?: AbortSignal): Made {
  const controller = new AbortController();
  signal?.addEventListener('abort', () => controller.abort());
  const promise = start(controller.signal);
  promise.catch(() => undefined);
  return {
    subscribe(observer) {
      let left = false;
      promise.then(
        (value) => {
          if (left) return;
          observer.next?.(value);
          observer.complete?.();
        },
        (error) => left || observer.error?.(error),
      );
      return {
        unsubscribe() {
          left = true;
          controller.abort();
        },
      };
    },
  };
}
