import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { TaskRequest } from '../http/request.js';
import { CONNECTING } from '../task/connect-watch.js';
import {
  type TransportOptions,
  destroyRequest,
  dropIdle,
  isStale,
  neverConnected,
  noteRead,
  watchConnect,
} from './client-request.js';
import { type NodeBody, nodeBody } from './node-body.js';
import { type PulledBytes, pulled } from './pulled-bytes.js';
import { UploadPump, sourceError } from './upload-pump.js';

/** What a wire tells. */
export interface WireListener {
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
  protected readonly task: TaskRequest;
  protected readonly listener: WireListener;
  /** What axios made. */
  options: TransportOptions = {};
  protected client: ClientRequest | undefined;
  #source: PulledBytes | undefined;
  #pump: UploadPump | undefined;
  #unwatch: (() => void) | undefined;
  #response: IncomingMessage | undefined;
  #again = false;
  #closed = false;

  /** @throws what a recipe throws: nothing is sent then */
  constructor(task: TaskRequest, listener: WireListener) {
    this.task = task;
    this.listener = listener;
    this.body = nodeBody(task);
    this.#openSource();
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
    if (this.#closed) return;
    this.#connect();
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
    this.#closed = true;
    this.#unwatch?.();
    this.stopUpload();
    if (this.client !== undefined) destroyRequest(this.client);
  }

  protected failed(cause: unknown): void {
    this.listener.failed(cause);
  }

  protected responded(response: IncomingMessage): void {
    this.listener.responded(response);
  }

  #openSource(): void {
    const { body, task } = this;
    if (body === undefined || (body.bytes !== undefined && !task.progress)) return;
    try {
      this.#source = pulled(body.open());
    } catch (cause) {
      throw sourceError(cause, task);
    }
  }

  #connect(): void {
    // Looked up now: interceptors of the platform (nock) replace it.
    const client = (this.options.protocol === 'https:' ? https : http).request(this.options as RequestOptions);
    this.client = client;
    this.#response = undefined;
    client.once('response', (response) => {
      this.#response = response;
      response.on('error', (cause) => {
        this.failed(cause);
      });
      this.responded(response);
    });
    client.on('error', (cause) => {
      if (this.#isWorthAnother(client, cause)) this.#reconnect(client);
      else if (client === this.client) this.failed(cause);
    });
    client.once('close', () => {
      if (client === this.client && this.#response === undefined) this.failed(noResponse());
    });
    const watch = this.task.context.get(CONNECTING);
    if (watch !== undefined) this.#unwatch = watchConnect(client, watch);
    if (this.#source === undefined) client.end(this.body?.bytes);
    else this.#upload(client, this.#source);
  }

  #upload(client: ClientRequest, source: PulledBytes): void {
    const total = this.body?.length;
    client.flushHeaders();
    this.#pump = new UploadPump(source, client, total, {
      uploaded: this.task.progress
        ? (loaded) => {
            if (client === this.client) this.listener.uploaded(loaded, total);
          }
        : undefined,
      failed: (cause) => {
        this.failed(sourceError(cause, this.task));
      },
    });
    void this.#pump.run();
  }

  #isWorthAnother(client: ClientRequest, cause: unknown): boolean {
    if (this.#again || this.#closed || client !== this.client || this.#response !== undefined) return false;
    return isStale(client, cause) && IDEMPOTENT.test(this.task.method) && this.task.body?.replayable !== false;
  }

  /** Once more, on a connection that is new. */
  #reconnect(stale: ClientRequest): void {
    this.#again = true;
    this.#unwatch?.();
    this.stopUpload();
    dropIdle(stale, this.options);
    try {
      this.#openSource();
      this.#connect();
    } catch (cause) {
      this.failed(cause);
    }
  }
}

function noResponse(): Error {
  return Object.assign(new Error('the connection was closed without a response'), { code: 'ECONNRESET' });
}
