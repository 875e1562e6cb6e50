import type { Subscriber } from 'rxjs';
import { invalid } from '../http/invalid-input.js';
import type { TaskRequest } from '../http/request.js';
import type { TaskEvent } from '../task/task-event.js';
import { toTaskError } from './axios-error.js';
import { answerOf, bytesOf } from './axios-response.js';
import { Exchange } from './exchange.js';
import type { FetchBody, FetchTraits } from './fetch-exchange.js';
import { receivedHead } from './xhr-head.js';
import type { Route } from './platform.js';
import { asLists, headerRecord } from './request-headers.js';
import { tellConnected } from './tell-connected.js';

/** axios' progress, as far as we read it. */
interface AxiosProgress {
  readonly loaded: number;
  readonly total?: number;
  readonly event?: { readonly target?: unknown };
}

/** An exchange over axios' xhr adapter: in browsers where a response is collected, for it tells how an upload goes on. */
export class XhrExchange extends Exchange {
  readonly #route: Route;
  readonly #traits: FetchTraits;
  readonly #controller = new AbortController();
  #body: FetchBody | undefined;

  constructor(out: Subscriber<TaskEvent>, request: TaskRequest, route: Route, traits: FetchTraits) {
    super(out, request);
    this.#route = route;
    this.#traits = traits;
  }

  protected prepare(): void {
    this.#body = this.#traits.body(this.request);
    if (this.#body?.open !== undefined) {
      throw invalid(
        'body',
        'XMLHttpRequest cannot stream an upload: give a Blob or bytes',
        undefined,
        'BODY_STREAM_UNSUPPORTED',
      );
    }
  }

  protected open(): void {
    const { method, url, progress } = this.request;
    tellConnected(this.request);
    this.#route
      .send({
        __proto__: null,
        url,
        method,
        headers: asLists(headerRecord(this.request, this.#body?.contentType)),
        data: this.#body?.data,
        responseType: 'arraybuffer',
        signal: this.#controller.signal,
        withCredentials: this.#route.withCredentials,
        ...(progress ? this.#listeners() : undefined),
      })
      .then(
        (response) => {
          this.#answered(response);
        },
        (cause: unknown) => {
          this.fail(cause);
        },
      );
  }

  protected abort(): void {
    this.#controller.abort();
  }

  protected translate(cause: unknown): unknown {
    return toTaskError(cause, {
      request: this.request,
      answered: this.answered,
      sent: undefined,
      failures: this.#traits.failures,
    });
  }

  #listeners(): object {
    // axios says the last figure again when it flushes; an event is for what is new.
    let uploaded = 0;
    let downloaded = 0;
    return {
      onUploadProgress: ({ loaded, total }: AxiosProgress) => {
        if (this.over || this.answered || loaded <= uploaded) return;
        uploaded = loaded;
        this.out.next({ type: 'upload', loaded, total });
      },
      onDownloadProgress: ({ loaded, total, event }: AxiosProgress) => {
        // axios gives the head with the whole response; its fields are there at the first progress.
        const head = this.answered ? undefined : receivedHead(event?.target, this.request.url);
        if (head !== undefined) this.head(head);
        if (!this.answered || this.over || loaded <= downloaded) return;
        downloaded = loaded;
        this.out.next({ type: 'download', loaded, total });
      },
    };
  }

  #answered(response: unknown): void {
    if (this.over) return;
    const { status, statusText, headers, data, request } = answerOf(response);
    const url = (request as Partial<XMLHttpRequest> | null | undefined)?.responseURL;
    if (!this.answered)
      this.head({
        status,
        statusText,
        headers,
        url: url === undefined || url === '' ? this.request.url : url,
      });
    this.chunk(bytesOf(data) ?? new Uint8Array());
    this.complete();
  }
}
