import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { HeaderFields } from '../http/header-fields.js';
import { answerOf, bytesOf } from './axios-response.js';
import { HttpExchange } from './http-exchange.js';
import { InstanceWire } from './instance-wire.js';

/** An exchange through an axios instance of the user's, in Node: what its interceptors make of the response is read. */
export class InstanceExchange extends HttpExchange {
  readonly #controller = new AbortController();
  #response: IncomingMessage | undefined;
  #isElsewhere = false;

  override responded(response: IncomingMessage): void {
    if ((response.statusCode ?? 0) >= 300) this.wire?.stopUpload();
    this.#response = response;
  }

  protected override prepare(): void {
    this.wire = new InstanceWire(this.request, this, this.route);
  }

  protected override open(): void {
    this.route.send(this.config()).then(
      (response) => {
        this.#answered(response);
      },
      (cause: unknown) => {
        const request = (cause as { request?: unknown } | undefined)?.request;
        this.#isElsewhere = request !== undefined && request !== this.wire;
        this.fail(cause);
      },
    );
  }

  protected override config(): object {
    const { data } = this.wire as InstanceWire;
    const config = {
      ...super.config(),
      data,
      responseType: 'stream',
      signal: this.#controller.signal,
    };
    // The pipeline that axios would make for its bound needs a stream of Node's.
    return data === undefined || Buffer.isBuffer(data) ? config : { ...config, maxBodyLength: -1 };
  }

  /** An adapter or a transport of the user's was asked: whether it has sent, only it knows. */
  protected override get sent(): boolean | undefined {
    return this.#isElsewhere ? undefined : super.sent;
  }

  protected override abort(): void {
    super.abort();
    this.#controller.abort();
  }

  #answered(value: unknown): void {
    const { status, statusText, headers, data } = answerOf(value, receivedOf(this.#response));
    const bytes = bytesOf(data);
    // An interceptor has read the response, or put another body in its place.
    if (bytes !== undefined && this.#response?.readableEnded === false) this.#response.destroy();
    if (this.over) {
      if (data instanceof Readable) data.destroy();
      return;
    }
    const source =
      bytes === undefined ? streamOf(data) : Readable.from([bytes], { objectMode: false });
    source.on('error', (cause) => {
      this.fail(cause);
    });
    this.read(
      source,
      status,
      statusText,
      bytes === undefined ? headers : headers.delete('content-encoding').delete('content-length'),
    );
  }
}

function receivedOf(
  response: IncomingMessage | undefined,
): { status: number; headers: HeaderFields } | undefined {
  if (response === undefined) return undefined;
  return {
    status: response.statusCode ?? 0,
    headers: HeaderFields.received(response.headers as Record<string, string>),
  };
}

function streamOf(data: unknown): Readable {
  if (typeof (data as Partial<Blob>).arrayBuffer === 'function')
    return Readable.fromWeb((data as Blob).stream() as never);
  return typeof (data as Partial<ReadableStream>).getReader === 'function'
    ? Readable.fromWeb(data as never)
    : (data as Readable);
}
