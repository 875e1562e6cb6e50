import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Subscription } from 'rxjs';
import { taskError } from '../errors/task-error.js';
import { schedulerFor } from '../task/surroundings.js';
import { schedule } from '../task/wait.js';
import type { TransportOptions } from './client-request.js';
import type { TaskRequest } from '../http/request.js';
import { HttpWire, type WireListener } from './http-wire.js';
import type { Route } from './platform.js';
import { tooLong } from './source-error.js';
import type { BodySink } from './upload-pump.js';

type Listener = (value?: unknown) => void;

/**
 * A wire for an instance of the user's: axios hears of responses and errors as of any request, so that the instance's
 * interceptors run, and its timeout holds. An interceptor that sends again finds the wire ready for it.
 */
export class InstanceWire extends HttpWire {
  /** axios has handed its options to us, and not to another transport (HTTP/2). */
  #isAsked = false;
  readonly #errorListeners: Listener[] = [];
  #respond: ((response: IncomingMessage) => void) | undefined;
  #timeout: { readonly afterMs: number; readonly expired: () => void } | undefined;
  #timing: Subscription | undefined;

  /** @throws TaskError `request` for a body that says itself that it is longer than the instance allows */
  constructor(task: TaskRequest, listener: WireListener, { transport, maxBodyBytes }: Route) {
    super(task, listener, transport);
    this.maxBodyBytes = maxBodyBytes;
    if (!this.isStreamed || (this.body?.length ?? 0) <= maxBodyBytes) return;
    this.close();
    throw tooLong(maxBodyBytes);
  }

  /** What axios takes as the body: interceptors see bytes that are at hand, and a source is told to `pipe`. */
  get data(): unknown {
    if (this.isStreamed) return new StreamedBody(this);
    return (
      this.payload &&
      Buffer.from(this.payload.buffer, this.payload.byteOffset, this.payload.byteLength)
    );
  }

  override request(options: TransportOptions, respond?: (response: IncomingMessage) => void): this {
    this.#errorListeners.length = 0;
    this.#timing?.unsubscribe();
    this.#respond = respond;
    this.#isAsked = true;
    // Infinite unless an interceptor has set one for this request: a streamed body's bound is ours to keep.
    const { maxBodyLength } = options;
    if (typeof maxBodyLength === 'number' && maxBodyLength < Infinity)
      this.maxBodyBytes = maxBodyLength;
    if (this.client !== undefined && this.isStreamed) this.openBody();
    return super.request(options);
  }

  override on(event?: string, listener?: Listener): this {
    if (event === 'error' && listener !== undefined) this.#errorListeners.push(listener);
    return this;
  }

  /** The instance's timeout. Node's own counts from the connection on: what making one takes is timed here. */
  override setTimeout(afterMs = 0, expired: () => void = () => undefined): this {
    this.#timeout = undefined;
    if (afterMs <= 0) return this;
    this.#timeout = { afterMs, expired };
    this.#timing = schedule(schedulerFor(this.task, undefined), afterMs, expired);
    return this;
  }

  /** A body that is at hand, as the interceptors left it. */
  write(bytes: Uint8Array): boolean {
    this.payload = bytes;
    return true;
  }

  /** A body that is a source goes where axios says: to this wire, or where another transport was taken (HTTP/2). */
  pipe(target: object): void {
    // Also where axios puts a stream between that counts: the bytes are counted here.
    if (this.#isAsked) this.end();
    else this.upload(target as BodySink);
  }

  /** The stream that counts is piped to us by axios, and stays empty. */
  emit(): boolean {
    return false;
  }

  prependListener(): this {
    return this;
  }

  /** axios gives up. */
  destroy(): void {
    this.close();
  }

  override close(): void {
    this.#timing?.unsubscribe();
    super.close();
  }

  protected override made(client: ClientRequest): void {
    const timeout = this.#timeout;
    if (timeout === undefined) return;
    client.setTimeout(timeout.afterMs, () => {
      // axios has its answer by now, and hears no more of timeouts.
      if (this.hasResponse) this.listener.failed(stalled(timeout.afterMs));
      else timeout.expired();
    });
  }

  protected override responded(response: IncomingMessage): void {
    this.#timing?.unsubscribe();
    super.responded(response);
    this.#respond?.(response);
  }

  protected override failed(cause: unknown): void {
    this.#timing?.unsubscribe();
    if (this.hasResponse || this.#errorListeners.length === 0) super.failed(cause);
    else for (const listener of [...this.#errorListeners]) listener(cause);
  }
}

/** A body that is no value: axios tells it where to go. */
class StreamedBody {
  readonly #wire: InstanceWire;

  constructor(wire: InstanceWire) {
    this.#wire = wire;
  }

  on(): this {
    return this;
  }

  once(): this {
    return this;
  }

  pipe(target: object): void {
    this.#wire.pipe(target);
  }
}

function stalled(afterMs: number): Error {
  const message = `the response stalled for ${String(afterMs)} ms, the timeout of the axios instance`;
  return taskError('timeout', { phase: 'idle', afterMs }, { code: 'TIMEOUT_IDLE', message });
}
