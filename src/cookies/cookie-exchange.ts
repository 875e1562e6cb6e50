import { Observable, from } from 'rxjs';
import { isTaskError, taskError } from '../errors/task-error.js';
import { FlowGate, bothFlows } from '../http/flow.js';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import { HeldHeadStage } from '../task/held-head-stage.js';
import type { TaskEvent } from '../task/task-event.js';
import type { TaskHandler } from '../task/task-handler.js';
import type { CookieTask } from './cookie-task.js';
import type { Jar, SiteContext } from './jar.js';
import type { SiteChains } from './site-chains.js';

/** Browsers keep no cookie beyond 4096 characters with attributes of 1024 each (RFC 6265bis section 5.6). */
const LONGEST_LINE = 8_192;
/** More in one response than a browser keeps of one domain is no server's honest wish. */
const MOST_LINES = 180;
/** What cannot stand in a header field stays in the jar: one such cookie must not keep every request from being sent. */
const FIELD_VALUE = /^[\u0020-\u007e\u0080-\u00ff]+$/;

/** One exchange of one hop: what the jar has for it goes along, and what it sets is in the jar before its head is told. */
export class CookieExchange {
  readonly #jar: Jar;
  readonly #chains: SiteChains;
  readonly #task: CookieTask;

  constructor(jar: Jar, chains: SiteChains, task: CookieTask) {
    this.#jar = jar;
    this.#chains = chains;
    this.#task = task;
  }

  run(request: TaskRequest, go: TaskHandler): Observable<TaskEvent> {
    const site = this.#chains.contextOf(request);
    return new Observable((subscriber) => {
      const send = (cookies: string): void => {
        const gate = new FlowGate();
        const { flow, headers } = request;
        if (cookies !== '') this.#task.sends(cookies);
        const sent = request.clone({
          flow: flow === undefined ? gate : bothFlows(flow, gate),
          ...(cookies === '' ? {} : { headers: headers.set('cookie', cookies) }),
        });
        const keep = (head: ResponseHead): Promise<void> | undefined =>
          this.#keep(head, request, site);
        go(sent).subscribe(new HeldHeadStage(subscriber, { learn: keep }, gate));
      };
      const own = request.headers.get('cookie');
      if (own !== undefined) {
        send('');
        return;
      }
      subscriber.add(
        from(this.#cookiesFor(request, site)).subscribe({
          next: send,
          error: (cause: unknown) => {
            subscriber.error(cause);
          },
        }),
      );
    });
  }

  async #cookiesFor(request: TaskRequest, site: SiteContext): Promise<string> {
    try {
      const options = { sameSiteContext: site, sort: true };
      const cookies = await this.#jar.getCookies(request.url, options);
      return cookies
        .map((cookie) => cookie.cookieString())
        .filter((text) => FIELD_VALUE.test(text))
        .join('; ');
    } catch (cause) {
      throw failed(cause, request, 'read');
    }
  }

  #keep(head: ResponseHead, request: TaskRequest, site: SiteContext): Promise<void> | undefined {
    const lines = head.headers
      .getAll('set-cookie')
      .filter((line) => line.length <= LONGEST_LINE)
      .slice(0, MOST_LINES);
    return lines.length === 0
      ? undefined
      : this.#keepAll(lines, head.url || request.url, site, request);
  }

  async #keepAll(
    lines: readonly string[],
    url: string,
    site: SiteContext,
    request: TaskRequest,
  ): Promise<void> {
    try {
      const secure = await this.#secureNames(url);
      for (const line of lines) {
        if (secure.has(nameOf(line))) continue;
        await this.#jar.setCookie(line, url, { sameSiteContext: site, ignoreError: true });
      }
    } catch (cause) {
      throw failed(cause, request, 'written');
    }
  }

  /** What was set over TLS is not replaced by whoever can write into plain HTTP (RFC 6265bis section 5.7). */
  async #secureNames(url: string): Promise<ReadonlySet<string>> {
    if (!url.startsWith('http:')) return new Set();
    const options = { sameSiteContext: 'strict', allPaths: true } as const;
    const known = await this.#jar.getCookies(`https${url.slice(4)}`, options);
    return new Set(known.filter(({ secure }) => secure).map(({ key }) => key));
  }
}

function nameOf(line: string): string {
  return line.slice(0, line.search(/[=;]|$/)).trim();
}

function failed(cause: unknown, request: TaskRequest, what: 'read' | 'written'): unknown {
  if (isTaskError(cause)) return cause;
  const message = `the cookie jar could not be ${what}`;
  return taskError('auth', {}, { request, code: 'COOKIE_JAR_FAILED', message, cause });
}
