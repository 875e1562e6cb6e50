import { Observable } from 'rxjs';
import { CookieJar } from 'tough-cookie';
import { checkingInput } from '../errors/from-input.js';
import { type ContextToken, contextToken } from '../http/context.js';
import { invalid } from '../http/invalid-input.js';
import { checkFunction } from '../http/option-checks.js';
import { withAtWire } from '../task/at-wire.js';
import { type Policy, policy } from '../task/policy.js';
import type { TaskEvent } from '../task/task-event.js';
import { CookieExchange } from './cookie-exchange.js';
import { CookieTask } from './cookie-task.js';
import type { Jar } from './jar.js';
import { SiteChains } from './site-chains.js';

/** Whether {@link cookieJar} has to do with a request: `COOKIES.of(false)` sends it without cookies and keeps none. */
export const COOKIES: ContextToken<boolean> = contextToken('cookies', true);

/**
 * Keeps the cookies that servers set, and sends them where they belong (RFC 6265), outside browsers: those of each
 * response are in the jar before the next request goes out, also from one hop of a redirect to the next, and from an
 * attempt that was refused to the one after it.
 *
 * The jar decides by domain, path, expiry, `Secure`, `HttpOnly`, `SameSite` and name prefixes; public suffixes and the
 * domains of others are refused. A request that has a `Cookie` of its own, or says `COOKIES.of(false)`, is sent as it is.
 * It does not matter where in the list it stands. Cookies are masked in errors.
 *
 * Each call without a jar makes one of its own; clients that share the value share it. Give a `CookieJar` of
 * `tough-cookie` to keep one, or to have it in a file. A store that fails is an `auth` error, `COOKIE_JAR_FAILED`.
 *
 * @example
 * const client = createClient({ baseUrl: 'https://app.example.com', interceptors: [cookieJar()] });
 * client.post('/login', new URLSearchParams({ user: 'ada', password: 'pw' })).subscribe();
 * @throws TaskError `request` in a browser, whose cookies are the platform's own
 */
export function cookieJar(jar: Jar = new CookieJar()): Policy {
  checkingInput(() => {
    if (isBrowser())
      throw invalid(
        'cookieJar',
        'in a browser the platform keeps the cookies: leave the policy out (withCredentials sends them to other origins)',
        undefined,
        'COOKIES_OF_THE_PLATFORM',
      );
    checkFunction('cookieJar.getCookies', (jar as Partial<Jar> | null)?.getCookies);
    checkFunction('cookieJar.setCookie', (jar as Partial<Jar> | null)?.setCookie);
  });
  const chains = new SiteChains();
  return policy({
    name: 'cookieJar',
    intercept: (request, next) => {
      if (!request.context.get(COOKIES)) return next(request);
      return new Observable<TaskEvent>((subscriber) => {
        const task = new CookieTask(subscriber);
        const marked = withAtWire(request, (sent, go) =>
          new CookieExchange(jar, chains, task).run(sent, go),
        );
        next(marked).subscribe(task);
      });
    },
  });
}

/** Where scripts may neither send `Cookie` nor see `Set-Cookie`. */
function isBrowser(): boolean {
  return (
    'document' in globalThis || ('WorkerGlobalScope' in globalThis && 'location' in globalThis)
  );
}
