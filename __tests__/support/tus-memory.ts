import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Observable } from 'rxjs';
import {
  type DataTaskPublisherFactory,
  HeaderFields,
  type TaskEvent,
  type TaskRequest,
  taskError,
} from 'coldwire';
import {
  type Fate,
  type ResumableServer,
  type SeenRequest,
  resumableServer,
} from './resumable-server.js';

interface Upload {
  readonly chunks: Uint8Array[];
  readonly metadata: string | undefined;
  readonly concat: string | undefined;
  offset: number;
  length: number | undefined;
}

/** What a request to it says. */
export interface TusAsked {
  readonly method: string;
  readonly path: string;
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
  /** Whether all of the body came. */
  readonly isWhole: boolean;
}

export interface TusAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
}

/** tus 1.0 in memory, with the extensions that the reference server's store lacks: checksum and concatenation. */
export class TusMemory {
  readonly uploads: Map<string, Upload> = new Map();
  /** Every upload that was ever complete, as often as it became so. */
  readonly finished: Uint8Array[] = [];
  readonly violations: string[] = [];
  /** `Upload-Expires` of every answer. */
  expires: string | undefined;
  #created = 0;

  get completed(): readonly Uint8Array[] {
    return this.finished;
  }

  answer(asked: TusAsked): TusAnswer {
    if (asked.header('tus-resumable') !== '1.0.0') {
      this.violations.push(`${asked.method} without Tus-Resumable`);
      return { status: 412, headers: {} };
    }
    const { status, headers = {} } = this.#answer(asked);
    const expires = this.expires === undefined ? {} : { 'Upload-Expires': this.expires };
    return { status, headers: { 'Tus-Resumable': '1.0.0', ...expires, ...headers } };
  }

  #answer(asked: TusAsked): { status: number; headers?: Record<string, string> } {
    const { method, path } = asked;
    if (method === 'POST' && path === '/files') return this.#create(asked);
    const upload = this.uploads.get(path);
    if (upload === undefined) return { status: 404 };
    switch (method) {
      case 'HEAD':
        return {
          status: 200,
          headers: {
            'Upload-Offset': String(upload.offset),
            'Cache-Control': 'no-store',
            ...(upload.length === undefined
              ? { 'Upload-Defer-Length': '1' }
              : { 'Upload-Length': String(upload.length) }),
          },
        };
      case 'PATCH':
        return this.#append(asked, upload);
      case 'DELETE':
        this.uploads.delete(path);
        return { status: 204 };
      default:
        return { status: 405 };
    }
  }

  #create(asked: TusAsked): { status: number; headers?: Record<string, string> } {
    const length = asked.header('upload-length');
    const concat = asked.header('upload-concat');
    const isFinal = concat?.startsWith('final;') === true;
    if (!isFinal && (length === undefined) === (asked.header('upload-defer-length') !== '1'))
      this.violations.push('POST with neither or both of Upload-Length and Upload-Defer-Length');
    const path = `/files/${++this.#created}`;
    const upload: Upload = {
      chunks: [],
      offset: 0,
      length: length === undefined ? undefined : Number(length),
      metadata: asked.header('upload-metadata'),
      concat: isFinal ? 'final' : concat,
    };
    this.uploads.set(path, upload);
    if (isFinal) {
      const parts = concat
        .slice(6)
        .split(' ')
        .map((url) => this.uploads.get(new URL(url, 'http://t').pathname));
      for (const part of parts) {
        if (part?.concat !== 'partial' || part.offset !== part.length) {
          this.violations.push(`final of what is no finished part: ${concat}`);
          return { status: 400 };
        }
        upload.chunks.push(...part.chunks);
        upload.offset += part.offset;
      }
      upload.length = upload.offset;
    } else if (asked.header('content-type') === 'application/offset+octet-stream') {
      const status = this.#keep(asked, upload);
      if (status !== undefined) return { status };
    }
    this.#finish(upload);
    return { status: 201, headers: { Location: path, 'Upload-Offset': String(upload.offset) } };
  }

  #append(asked: TusAsked, upload: Upload): { status: number; headers?: Record<string, string> } {
    if (asked.header('content-type') !== 'application/offset+octet-stream') return { status: 415 };
    if (asked.header('upload-offset') !== String(upload.offset)) return { status: 409 };
    const length = asked.header('upload-length');
    if (length !== undefined) {
      if (upload.length !== undefined && upload.length !== Number(length)) return { status: 400 };
      upload.length = Number(length);
    }
    const status = this.#keep(asked, upload);
    if (status !== undefined) return { status };
    this.#finish(upload);
    return { status: 204, headers: { 'Upload-Offset': String(upload.offset) } };
  }

  #keep({ header, body, isWhole }: TusAsked, upload: Upload): number | undefined {
    const [name = '', digest] = header('upload-checksum')?.split(' ') ?? [];
    if (digest !== undefined) {
      if (!isWhole) return undefined;
      if (createHash(name).update(body).digest('base64') !== digest) return 460;
    }
    if (upload.length !== undefined && upload.offset + body.byteLength > upload.length) {
      this.violations.push('more bytes than the length');
      return 400;
    }
    if (body.byteLength > 0) upload.chunks.push(body.slice());
    upload.offset += body.byteLength;
    return undefined;
  }

  #finish({ chunks, offset, length, concat }: Upload): void {
    if (offset === length && concat !== 'partial') this.finished.push(Buffer.concat(chunks));
  }

  /** What a fake network does to an exchange: how many bytes of the body get through, and whether the answer does. */
  factory(
    network: (
      request: TaskRequest,
      bytes: number,
    ) => { readonly through: number; readonly answered: boolean },
    delayed: (answer: () => void) => void = (answer) => {
      answer();
    },
  ): DataTaskPublisherFactory & { readonly requests: TaskRequest[]; bytes: number } {
    const requests: TaskRequest[] = [];
    const counted = {
      requests,
      bytes: 0,
      make: (request: TaskRequest) =>
        new Observable<TaskEvent>((subscriber) => {
          requests.push(request);
          const body = request.body?.kind === 'bytes' ? request.body.bytes : new Uint8Array();
          const { through, answered } = network(request, body.byteLength);
          subscriber.next({ type: 'sent', attempt: request.attempt });
          counted.bytes += Math.min(through, body.byteLength);
          delayed(() => {
            if (subscriber.closed) return;
            const isWhole = through >= body.byteLength;
            const { status, headers } = this.answer({
              method: request.method,
              path: new URL(request.url).pathname,
              header: (name) => request.headers.get(name),
              body: body.subarray(0, through),
              isWhole,
            });
            if (!answered || !isWhole) {
              subscriber.error(
                taskError('network', { sent: true }, { request, code: 'CONNECTION_RESET' }),
              );
              return;
            }
            if (request.progress)
              subscriber.next({ type: 'upload', loaded: body.byteLength, total: body.byteLength });
            const head = { status, statusText: '', headers: HeaderFields.from(headers), url: '' };
            subscriber.next({ type: 'head', head });
            subscriber.complete();
          });
        }),
    };
    return counted;
  }

  /** The same for a server of Node's. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    let isWhole = true;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      isWhole = false;
    }
    const { status, headers } = this.answer({
      method: request.method ?? '',
      path: request.url ?? '',
      header: (name) => request.headers[name] as string | undefined,
      body: Buffer.concat(chunks),
      isWhole,
    });
    response.writeHead(status, headers).end();
  }

  /** The same behind a socket. */
  listen(fate?: (request: SeenRequest) => Fate | undefined): Promise<ResumableServer> {
    return resumableServer((request, response) => this.handle(request, response), fate);
  }
}
