import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { TaskRequest } from '../http/request.js';
import { HeaderFields } from '../http/header-fields.js';
import { CONNECTING } from '../task/connect-watch.js';
import { INTERIM } from '../task/interim-watch.js';
import {
  type TransportOptions,
  dropIdle,
  isStale,
  neverConnected,
  noteRead,
  watchConnect,
} from './client-request.js';
import { type NodeBody, nodeBody } from './node-body.js';
import type { NodeTransport } from './platform.js';
import { pulled } from '../task/pulled-bytes.js';
import type { PulledBytes } from '../task/pulled-source.js';
import { sourceError } from './source-error.js';
import { type BodySink, type PumpListener, UploadPump } from './upload-pump.js';

/** Whose wire it is. */
export interface WireListener {
  /** Nobody waits for it any more. */
  readonly isOver: boolean;
  uploaded(loaded: number, total: number | undefined): void;
  responded(response: IncomingMessage): void;
  failed(cause: unknown): void;
}

const IDEMPOTENT = /^(GET|HEAD|OPTIONS|TRACE|PUT|DELETE|QUERY)$/;

/**
 * What axios gets as its `transport`, and as the request that a transport makes: it takes the options that axios made
 * (URL, header fields, proxy, agent, TLS) and holds the real `ClientRequest`, so that this can be ended in every state,
 * written to under back-pressure, and made again where a pooled connection turns out to be stale.
 */
export class HttpWire {
  readonly body: NodeBody | undefined;
  /** What axios made. */
  options: TransportOptions = {};
  protected readonly task: TaskRequest;
  protected readonly listener: WireListener;
  /** What a streamed body may have at most. */
  protected maxBodyBytes = Infinity;
  protected client: ClientRequest | undefined;
  /** A body that is at hand. */
  protected payload: Uint8Array | undefined;
  readonly #transport: NodeTransport | undefined;
  #source: PulledBytes | undefined;
  #pump: UploadPump | undefined;
  #unwatch: (() => void) | undefined;
  #response: IncomingMessage | undefined;
  #retried = false;

  /** @throws what a recipe throws: nothing is sent then */
  constructor(task: TaskRequest, listener: WireListener, transport: NodeTransport | undefined) {
    this.task = task;
    this.listener = listener;
    this.#transport = transport;
    this.body = nodeBody(task);
    this.openBody();
  }

  /** The transport's only method. */
  request(options: TransportOptions): this {
    this.options = options;
    return this;
  }

  /** axios listens for errors, sockets and the close: the real request tells us. */
  on(): this {
    return this;
  }

  once(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  /** axios has said all that it has to say. */
  end(): void {
    if (!this.listener.isOver) this.#connect();
  }

  /** Whether a byte may have been sent; `undefined` when the error must tell. */
  get sent(): false | undefined {
    return this.client === undefined ? false : neverConnected(this.client);
  }

  /** The answer is no, or complete: nobody reads the rest of the body. */
  stopUpload(): void {
    this.#pump?.stop();
    this.#source?.release();
  }

  /** The response was read to its end. */
  finish(): void {
    const { client } = this;
    this.stopUpload();
    if (client === undefined) return;
    noteRead(client);
    // The connection is in the middle of our body: it cannot serve again.
    if (!client.writableFinished) client.destroy();
  }

  /** Ends everything, in every state. */
  close(): void {
    this.#unwatch?.();
    this.stopUpload();
    this.client?.destroy();
  }

  protected get isStreamed(): boolean {
    return this.#source !== undefined;
  }

  protected get hasResponse(): boolean {
    return this.#response !== undefined;
  }

  protected failed(cause: unknown): void {
    this.listener.failed(cause);
  }

  protected responded(response: IncomingMessage): void {
    this.listener.responded(response);
  }

  /** The real request was made, and nothing sent yet. */
  protected made(_client: ClientRequest): void {
    // for who needs it
  }

  /** Opens the body's source, at first or once more. @throws TaskError `request` */
  protected openBody(): void {
    const { body, task } = this;
    this.#source?.release();
    this.payload = task.progress ? undefined : body?.bytes;
    if (body === undefined || this.payload !== undefined) return;
    try {
      this.#source = pulled(body.open());
    } catch (cause) {
      throw sourceError(cause, task);
    }
  }

  #connect(): void {
    // Looked up now: interceptors of the platform (nock) replace it.
    const transport: NodeTransport =
      this.#transport ?? (this.options.protocol === 'https:' ? https : http);
    const client = transport.request(this.options) as ClientRequest;
    this.client = client;
    this.#response = undefined;
    client.once('response', (response) => {
      this.#response = response;
      response.on('error', (cause) => {
        if (client === this.client) this.failed(cause);
      });
      this.responded(response);
    });
    client.on('error', (cause) => {
      if (client !== this.client) return;
      if (this.#isWorthAnother(client, cause)) this.#reconnect(client);
      else this.failed(cause);
    });
    client.once('close', () => {
      if (client === this.client && !this.hasResponse) this.failed(noResponse());
    });
    const watch = this.task.context.get(CONNECTING);
    if (watch !== undefined) this.#unwatch = watchConnect(client, watch);
    this.#watchInterim(client);
    this.made(client);
    if (this.#source === undefined) client.end(this.payload);
    else {
      client.flushHeaders();
      this.upload(client);
    }
  }

  #watchInterim(client: ClientRequest): void {
    const told = this.task.context.get(INTERIM);
    if (told === undefined) return;
    client.on('information', ({ statusCode, headers }) => {
      if (client !== this.client || this.listener.isOver) return;
      try {
        told({
          status: statusCode,
          headers: HeaderFields.received(headers as Record<string, string>),
        });
      } catch (cause) {
        this.failed(cause);
      }
    });
  }

  /** Writes the body's source to what carries the request. */
  protected upload(sink: BodySink): void {
    if (this.#source === undefined) return;
    const total = this.body?.length;
    const listener: PumpListener = {
      uploaded: this.task.progress
        ? (loaded) => {
            if (pump === this.#pump) this.listener.uploaded(loaded, total);
          }
        : undefined,
      failed: (cause) => {
        this.listener.failed(sourceError(cause, this.task));
      },
    };
    const pump = new UploadPump(this.#source, sink, total, listener, this.maxBodyBytes);
    this.#pump = pump;
    void pump.run();
  }

  #isWorthAnother(client: ClientRequest, cause: unknown): boolean {
    if (this.#retried || this.listener.isOver || this.hasResponse || !isStale(client, cause))
      return false;
    return IDEMPOTENT.test(this.task.method) && this.task.body?.replayable !== false;
  }

  /** Once more, on a connection that is new. */
  #reconnect(stale: ClientRequest): void {
    this.#retried = true;
    this.#unwatch?.();
    this.stopUpload();
    dropIdle(stale, this.options);
    try {
      if (this.isStreamed) this.openBody();
      this.#connect();
    } catch (cause) {
      this.failed(cause);
    }
  }
}

function noResponse(): Error {
  return Object.assign(new Error('the connection was closed without a response'), {
    code: 'ECONNRESET',
  });
}
