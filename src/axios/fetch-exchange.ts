import type { Subscriber } from 'rxjs';
import type { BodyRecipe } from '../http/body.js';
import type { HeaderFields } from '../http/header-fields.js';
import type { TaskRequest } from '../http/request.js';
import type { TaskEvent } from '../task/task-event.js';
import { type PlatformFailures, toTaskError } from './axios-error.js';
import { answerOf, bytesOf } from './axios-response.js';
import { codingNames } from './coding-names.js';
import { Exchange } from './exchange.js';
import { CALLER, type FetchCaller, ENV } from './fetch-relay.js';
import type { Route } from './platform.js';
import { pulled } from '../task/pulled-bytes.js';
import type { PulledBytes } from '../task/pulled-source.js';
import { asLists, headerRecord } from './request-headers.js';
import { sourceError } from './source-error.js';
import { tellConnected } from './tell-connected.js';
import { readStream } from './web-reader.js';
import { checkStreamedUpload, webStream } from './web-source.js';

/** A body as `fetch` takes it: a value, or a source that is opened when it is sent. */
export interface FetchBody {
  readonly data?: unknown;
  readonly open?: BodyRecipe;
  readonly length?: number | undefined;
  readonly contentType: string | undefined;
}

/** What the platform's `fetch` is like. */
export interface FetchTraits {
  readonly redirect: 'manual' | 'follow';
  readonly acceptEncoding: string | undefined;
  readonly failures: PlatformFailures;
  /** Where the platform does not see to it itself: when it is the turn of others after so many bytes of an upload. */
  readonly turn?: (bytes: number) => Promise<void> | undefined;
  body(request: TaskRequest): FetchBody | undefined;
}

/** An exchange over axios' fetch adapter: in browsers where a response is wanted as it arrives, in workers, on demand. */
export class FetchExchange extends Exchange implements FetchCaller {
  readonly signal: AbortSignal | undefined;
  readonly fetch: typeof fetch | undefined;
  readonly #route: Route;
  readonly #traits: FetchTraits;
  readonly #controller = new AbortController();
  #body: FetchBody | undefined;
  #source: PulledBytes | undefined;
  #url = '';
  #stop: (() => void) | undefined;

  constructor(out: Subscriber<TaskEvent>, request: TaskRequest, route: Route, traits: FetchTraits) {
    super(out, request);
    this.#route = route;
    this.#traits = traits;
    this.fetch = route.fetch;
    // An instance may have a timeout: there axios joins it with our signal.
    this.signal = route.isInstance ? undefined : this.#controller.signal;
  }

  received(response: Response): void {
    this.#url = response.url;
  }

  protected prepare(): void {
    this.#body = this.#traits.body(this.request);
    const open = this.#body?.open;
    if (open === undefined) return;
    checkStreamedUpload();
    try {
      this.#source = pulled(open());
    } catch (cause) {
      throw sourceError(cause, this.request);
    }
  }

  protected open(): void {
    const { method, url } = this.request;
    const { send, isInstance, withCredentials } = this.#route;
    const { redirect, acceptEncoding } = this.#traits;
    const headers = asLists(headerRecord(this.request, this.#body?.contentType));
    if (acceptEncoding !== undefined) headers['accept-encoding'] ??= acceptEncoding;
    tellConnected(this.request);
    send({
      __proto__: null,
      url,
      method,
      headers,
      data: this.#source === undefined ? this.#body?.data : this.#upload(this.#source),
      responseType: 'stream',
      env: ENV,
      fetchOptions: { redirect, [CALLER]: this },
      maxRedirects: redirect === 'manual' ? 0 : undefined,
      withCredentials,
      signal: isInstance ? this.#controller.signal : undefined,
    }).then(
      (response) => {
        this.#answered(response);
      },
      (cause: unknown) => {
        this.fail(cause);
      },
    );
  }

  protected abort(): void {
    this.#leave();
    this.#stop?.();
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

  #upload(source: PulledBytes): ReadableStream<Uint8Array> {
    let loaded = 0;
    const total = this.#body?.length;
    return webStream(source, total, {
      isLeft: () => this.#source === undefined,
      pulled: (bytes) => {
        loaded += bytes;
        if (this.request.progress && !this.over && !this.answered)
          this.out.next({ type: 'upload', loaded, total });
        return this.#traits.turn?.(bytes);
      },
      failed: (cause) => {
        this.fail(sourceError(cause, this.request));
      },
    });
  }

  #answered(response: unknown): void {
    const { status, statusText, headers, data } = answerOf(response);
    if (this.over) {
      if (isStream(data)) data.cancel().catch(() => undefined);
      return;
    }
    if (status >= 300) this.#leave();
    if (!this.#isBounded(headers)) return;
    const url = this.#url === '' ? this.request.url : this.#url;
    if (!this.head({ status, statusText, headers, url })) return;
    const bytes = bytesOf(data);
    if (bytes === undefined) this.#read(data as ReadableStream<Uint8Array>, lengthOf(headers));
    else {
      this.chunk(bytes);
      this.#end();
    }
  }

  /** Sends no more of the body. Its stream stays open: an end would tell the server that it has all of it. */
  #leave(): void {
    this.#source?.release();
    this.#source = undefined;
  }

  /** The platform undoes the codings; how many, it does not bound everywhere. */
  #isBounded(headers: HeaderFields): boolean {
    try {
      codingNames(headers.get('content-encoding') ?? '');
      return true;
    } catch (cause) {
      this.fail(cause);
      return false;
    }
  }

  #read(stream: ReadableStream<Uint8Array>, total: number | undefined): void {
    let loaded = 0;
    this.#stop = readStream(stream, this.request.flow, {
      chunk: (bytes) => {
        this.chunk(bytes);
        if (!this.request.progress || this.over) return;
        loaded += bytes.byteLength;
        this.out.next({ type: 'download', loaded, total });
      },
      ended: () => {
        this.#end();
      },
      failed: (cause) => {
        this.fail(cause);
      },
    });
  }

  /** A complete answer; the rest of an upload that it did not wait for is not sent. */
  #end(): void {
    this.#leave();
    this.complete();
  }
}

function isStream(data: unknown): data is ReadableStream<Uint8Array> {
  return typeof data === 'object' && data !== null && 'getReader' in data;
}

function lengthOf(headers: HeaderFields): number | undefined {
  const length = headers.get('content-length');
  return length === undefined || headers.has('content-encoding') ? undefined : Number(length);
}
