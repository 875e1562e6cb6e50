import type { IncomingMessage } from 'node:http';
import type { Subscriber } from 'rxjs';
import { HeaderFields } from '../http/header-fields.js';
import type { TaskRequest } from '../http/request.js';
import type { TaskEvent } from '../task/task-event.js';
import { toTaskError } from './axios-error.js';
import { isProxied } from './client-request.js';
import { codingsOf } from './content-coding.js';
import { Exchange } from './exchange.js';
import { HttpWire, type WireListener } from './http-wire.js';
import { headerRecord } from './request-headers.js';
import { ResponseReader } from './response-reader.js';

/** Hands a config to axios. */
export type Send = (config: object) => Promise<unknown>;

/** What we undo ourselves. */
const ACCEPT_ENCODING = 'gzip, deflate, br';

/** An exchange over axios' http adapter: axios makes the request, {@link HttpWire} holds it, the bytes are read here. */
export class HttpExchange extends Exchange implements WireListener {
  readonly #send: Send;
  #wire: HttpWire | undefined;
  #reader: ResponseReader | undefined;

  constructor(out: Subscriber<TaskEvent>, request: TaskRequest, send: Send) {
    super(out, request);
    this.#send = send;
  }

  uploaded(loaded: number, total: number | undefined): void {
    if (!this.over && !this.answered) this.out.next({ type: 'upload', loaded, total });
  }

  responded(response: IncomingMessage): void {
    if (this.over) return;
    const status = response.statusCode ?? 0;
    if (status >= 300) this.#wire?.stopUpload();
    try {
      this.#read(response, status);
    } catch (cause) {
      this.fail(cause);
    }
  }

  failed(cause: unknown): void {
    this.fail(cause);
  }

  protected prepare(): void {
    this.#wire = new HttpWire(this.request, this);
  }

  protected open(): void {
    const { method, url } = this.request;
    const headers = headerRecord(this.request, this.#wire?.body);
    headers['accept-encoding'] ??= ACCEPT_ENCODING;
    this.#send({ __proto__: null, url, method, headers, transport: this.#wire, maxRedirects: 0 }).catch((cause: unknown) => {
      this.fail(cause);
    });
  }

  protected abort(): void {
    this.#reader?.stop();
    this.#wire?.close();
  }

  protected translate(cause: unknown): unknown {
    return toTaskError(cause, {
      request: this.request,
      answered: this.answered,
      sent: this.#wire?.sent,
      proxied: isProxied(this.#wire?.options ?? {}),
    });
  }

  #read(response: IncomingMessage, status: number): void {
    const { method, flow } = this.request;
    const bodiless = method === 'HEAD' || status === 204 || status === 304;
    const codings = bodiless ? undefined : codingsOf(response.headers['content-encoding']);
    const total = codings === undefined ? lengthOf(response) : undefined;
    let loaded = 0;
    this.#reader = new ResponseReader(response, codings, flow, {
      chunk: (bytes) => {
        this.chunk(bytes);
        if (!this.request.progress || this.over) return;
        loaded += bytes.byteLength;
        this.out.next({ type: 'download', loaded, total });
      },
      ended: () => {
        if (!response.complete) this.fail(undefined);
        else if (!this.over) {
          this.#wire?.finish();
          this.complete();
        }
      },
      failed: (cause) => {
        this.fail(cause);
      },
    });
    const { headers, statusMessage: statusText = '' } = response;
    this.head({ status, statusText, headers: fieldsOf(headers, codings !== undefined), url: this.request.url });
    if (this.over) return;
    response.once('close', () => {
      if (!response.readableEnded) this.fail(undefined);
    });
    this.#reader.start();
  }
}

function lengthOf({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/** The fields as they came; once the codings are undone, without what described the coded body. */
function fieldsOf(headers: IncomingMessage['headers'], decoded: boolean): HeaderFields {
  const fields = headers as Record<string, string | string[]>;
  if (!decoded) return HeaderFields.received(fields);
  const { 'content-encoding': _coding, 'content-length': _length, ...rest } = fields;
  return HeaderFields.received(rest);
}
