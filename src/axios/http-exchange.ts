import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Subscriber } from 'rxjs';
import { HeaderFields } from '../http/header-fields.js';
import type { TaskRequest } from '../http/request.js';
import type { TaskEvent } from '../task/task-event.js';
import { TRANSFERRED } from '../task/transferred.js';
import { toTaskError } from './axios-error.js';
import { isProxied } from './client-request.js';
import { codingsOf } from './content-coding.js';
import { Exchange } from './exchange.js';
import { nodeFailures, proxiedFailures } from './failure-codes.js';
import { HttpWire, type WireListener } from './http-wire.js';
import type { Route } from './platform.js';
import { frame, headerRecord } from './request-headers.js';
import { ResponseReader } from './response-reader.js';

/** What we undo ourselves. */
const ACCEPT_ENCODING = 'gzip, deflate, br';
/** What describes a body as it was coded, and is untrue of what is undone. */
const OF_CODED_BODY = ['content-encoding', 'content-length', 'content-digest', 'repr-digest'];

/** An exchange over axios' http adapter: axios makes the request, {@link HttpWire} holds it, the bytes are read here. */
export class HttpExchange extends Exchange implements WireListener {
  protected readonly route: Route;
  protected wire: HttpWire | undefined;
  #reader: ResponseReader | undefined;

  constructor(out: Subscriber<TaskEvent>, request: TaskRequest, route: Route) {
    super(out, request);
    this.route = route;
  }

  get isOver(): boolean {
    return this.over;
  }

  uploaded(loaded: number, total: number | undefined): void {
    if (!this.over && !this.answered) this.out.next({ type: 'upload', loaded, total });
  }

  responded(response: IncomingMessage): void {
    if (this.over) return;
    const { statusCode: status = 0, statusMessage: statusText = '', headers } = response;
    if (status >= 300) this.wire?.stopUpload();
    this.read(
      response,
      status,
      statusText,
      HeaderFields.received(headers as Record<string, string>),
    );
  }

  failed(cause: unknown): void {
    this.fail(cause);
  }

  protected prepare(): void {
    this.wire = new HttpWire(this.request, this, undefined);
  }

  protected open(): void {
    // axios' promise is never kept: the wire tells of the response.
    this.route.send(this.config()).catch((cause: unknown) => {
      this.fail(cause);
    });
  }

  protected config(): object {
    const { method, url } = this.request;
    const { wire } = this;
    const headers = headerRecord(this.request, wire?.body?.contentType);
    headers['accept-encoding'] ??= ACCEPT_ENCODING;
    if (wire?.body !== undefined) frame(headers, wire.body.length);
    return { __proto__: null, url, method, headers, transport: wire, maxRedirects: 0 };
  }

  protected abort(): void {
    this.#reader?.stop();
    this.wire?.close();
  }

  protected get sent(): boolean | undefined {
    return this.wire?.sent;
  }

  protected translate(cause: unknown): unknown {
    return toTaskError(cause, {
      request: this.request,
      answered: this.answered,
      sent: this.sent,
      failures: isProxied(this.wire?.options ?? {}) ? proxiedFailures : nodeFailures,
    });
  }

  /** Hands on the head and then the bytes of a response, its codings undone. */
  protected read(
    source: Readable,
    status: number,
    statusText: string,
    headers: HeaderFields,
  ): void {
    const { method, flow, progress, url } = this.request;
    // A part of a coded body cannot be undone by itself: it stays as it is, header and body.
    const isLeft = method === 'HEAD' || status === 204 || status === 206 || status === 304;
    try {
      const codings = isLeft ? undefined : codingsOf(headers.get('content-encoding'));
      const shown =
        codings === undefined
          ? headers
          : OF_CODED_BODY.reduce((fields, name) => fields.delete(name), headers);
      this.#reader = new ResponseReader(source, codings, flow, {
        chunk: progress
          ? this.#counted(shown)
          : (bytes) => {
              this.chunk(bytes);
            },
        ended: () => {
          this.#ended(source);
        },
        failed: (cause) => {
          this.fail(cause);
        },
      });
      this.head({ status, statusText, headers: shown, url });
    } catch (cause) {
      this.fail(cause);
    }
    if (this.over) return;
    source.once('close', () => {
      if (!source.readableEnded) this.fail(undefined);
    });
    const told = this.request.context.get(TRANSFERRED);
    if (told !== undefined) source.on('data', told);
    this.#reader?.start();
  }

  #counted(headers: HeaderFields): (bytes: Uint8Array) => void {
    const length = headers.get('content-length');
    const total = length === undefined ? undefined : Number(length);
    let loaded = 0;
    return (bytes) => {
      this.chunk(bytes);
      loaded += bytes.byteLength;
      if (!this.over) this.out.next({ type: 'download', loaded, total });
    };
  }

  #ended(source: Readable): void {
    if ((source as Partial<IncomingMessage>).complete === false) this.fail(undefined);
    else if (!this.over) {
      this.wire?.finish();
      this.complete();
    }
  }
}
