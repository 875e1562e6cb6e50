import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseItem } from 'structured-headers';
import {
  type Fate,
  type ResumableServer,
  type SeenRequest,
  resumableServer,
} from './resumable-server.js';

/** What the origin bounds, as it writes it into `Upload-Limit`. */
export interface IetfLimits {
  readonly 'max-size'?: number;
  readonly 'min-size'?: number;
  readonly 'max-append-size'?: number;
  readonly 'min-append-size'?: number;
  readonly 'max-age'?: number;
}

export interface IetfOriginOptions {
  readonly limits?: IetfLimits;
  /** Whether 104 is sent. Default `true`. */
  readonly interim?: boolean;
  /** Whether `Accept-Patch` is told to OPTIONS. Default `true`. */
  readonly announces?: boolean;
  /** What the resource makes of the whole content; default 200 with its hash. */
  readonly status?: number;
  /** Whether an upload is there no more once it is complete. Default `false`. */
  readonly forgetsComplete?: boolean;
}

interface Upload {
  readonly id: string;
  readonly chunks: Buffer[];
  offset: number;
  length: number | undefined;
  complete: boolean;
  current: IncomingMessage | undefined;
}

export interface IetfOrigin extends ResumableServer {
  /** Where uploads are created. */
  readonly films: string;
  /** The content of every completed upload, oldest first: what the resource was given. */
  readonly films$: Buffer[];
  readonly uploads: ReadonlyMap<string, { readonly offset: number; readonly complete: boolean }>;
  /** What a client did that the draft forbids. */
  readonly violations: readonly string[];
  /** Makes an upload that has nothing yet. */
  add(id: string, length: number): void;
}

const PROBLEM = 'https://iana.org/assignments/http-problem-types#';

/** A reference origin for "Resumable Uploads for HTTP", interop version 8: as strict as the draft lets it be. */
export async function ietfOrigin(
  options: IetfOriginOptions = {},
  fate?: (request: SeenRequest) => Fate | undefined,
): Promise<IetfOrigin> {
  const { limits = {}, interim = true, announces = true, status = 200 } = options;
  const uploads = new Map<string, Upload>();
  const finished: Buffer[] = [];
  const violations: string[] = [];
  let created = 0;
  const limitField = Object.entries(limits)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  const limited = limitField === '' ? {} : { 'Upload-Limit': limitField };
  const wrong = (request: IncomingMessage, what: string): void => {
    violations.push(`${request.method} ${request.url}: ${what}`);
  };

  const tell = (request: IncomingMessage, fields: Record<string, string>): void => {
    if (!interim || request.headers['upload-draft-interop-version'] !== '8') return;
    const lines = Object.entries({ 'Upload-Draft-Interop-Version': '8', ...fields });
    request.socket.write(
      `HTTP/1.1 104 Upload Resumption Supported\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    );
  };
  const problem = (
    response: ServerResponse,
    code: number,
    type: string,
    fields: Record<string, string> = {},
    members: object = {},
  ): void => {
    response.writeHead(code, { 'Content-Type': 'application/problem+json', ...fields });
    response.end(JSON.stringify({ type: PROBLEM + type, title: type, ...members }));
  };
  const item = (request: IncomingMessage, name: string): unknown => {
    const text = request.headers[name];
    if (text === undefined) return undefined;
    try {
      return parseItem(text as string)[0];
    } catch {
      wrong(request, `${name}: ${String(text)}`);
      return undefined;
    }
  };

  /** Takes what comes, as far as it comes; false when the client left in between. */
  const take = async (request: IncomingMessage, upload: Upload): Promise<boolean> => {
    upload.current = request;
    const digest = request.headers['content-digest'] as string | undefined;
    const held: Buffer[] = [];
    let told = upload.offset;
    const keep = (chunk: Buffer): void => {
      upload.chunks.push(chunk);
      upload.offset += chunk.length;
    };
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        if (digest !== undefined) held.push(chunk);
        else keep(chunk);
        if (upload.offset - told >= 1_048_576) {
          told = upload.offset;
          tell(request, { 'Upload-Offset': String(upload.offset) });
        }
      }
    } catch {
      return false;
    } finally {
      upload.current = undefined;
    }
    const all = Buffer.concat(held);
    if (digest !== undefined) {
      if (digest !== `sha-256=:${createHash('sha256').update(all).digest('base64')}:`) return false;
      keep(all);
    }
    return request.complete;
  };

  /** A new request to an upload ends the one that may still be under way. */
  const interrupt = async ({ current }: Upload): Promise<void> => {
    if (current === undefined) return;
    const closed = new Promise((resolve) => current.once('close', resolve));
    current.socket.destroy();
    await closed;
  };

  const conclude = (response: ServerResponse, upload: Upload, isAppend: boolean): void => {
    upload.complete = true;
    const content = Buffer.concat(upload.chunks);
    upload.chunks.length = 0;
    finished.push(content);
    if (options.forgetsComplete === true) uploads.delete(upload.id);
    response.writeHead(status, {
      'Content-Type': 'application/json',
      ...(isAppend ? { 'Upload-Complete': '?1' } : {}),
    });
    response.end(
      JSON.stringify({
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      }),
    );
  };

  const beyond = (request: IncomingMessage, complete: boolean): boolean => {
    const bytes = Number(request.headers['content-length'] ?? 0);
    if (!complete && bytes > 0 && bytes < (limits['min-append-size'] ?? 0))
      wrong(request, `${bytes} bytes are below min-append-size`);
    return bytes > (limits['max-append-size'] ?? Infinity);
  };

  const create = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const complete = item(request, 'upload-complete');
    if (typeof complete !== 'boolean') {
      // An ordinary upload.
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      finished.push(Buffer.concat(chunks));
      response.writeHead(201).end();
      return;
    }
    if (request.headers['upload-draft-interop-version'] !== '8')
      wrong(request, 'no interop version');
    const length =
      item(request, 'upload-length') ??
      (complete && request.headers['content-length'] !== undefined
        ? Number(request.headers['content-length'])
        : undefined);
    const contentLength = request.headers['content-length'];
    if (complete && contentLength !== undefined && Number(contentLength) !== length) {
      problem(response, 400, 'inconsistent-upload-length');
      return;
    }
    if (beyond(request, complete) || Number(length ?? 0) > (limits['max-size'] ?? Infinity)) {
      response.writeHead(413, { ...limited, Connection: 'close' }).end();
      return;
    }
    const upload: Upload = {
      id: `u${++created}`,
      chunks: [],
      offset: 0,
      length: length as number | undefined,
      complete: false,
      current: undefined,
    };
    uploads.set(upload.id, upload);
    const place = { Location: `/uploads/${upload.id}`, ...limited };
    tell(request, place);
    if (!(await take(request, upload))) return;
    if (complete) conclude(response, upload, false);
    else response.writeHead(201, { ...place, 'Upload-Complete': '?0' }).end();
  };

  const append = async (
    request: IncomingMessage,
    response: ServerResponse,
    upload: Upload,
  ): Promise<void> => {
    const complete = item(request, 'upload-complete');
    const offset = item(request, 'upload-offset');
    if (request.headers['content-type'] !== 'application/partial-upload')
      wrong(request, `content-type ${request.headers['content-type']}`);
    if (typeof complete !== 'boolean' || typeof offset !== 'number') {
      wrong(request, 'no Upload-Complete or no Upload-Offset');
      response.writeHead(400).end();
      return;
    }
    const bytes = Number(request.headers['content-length'] ?? 0);
    if (upload.complete) {
      problem(response, 400, bytes > 0 ? 'inconsistent-upload-length' : 'completed-upload');
      return;
    }
    if (upload.offset !== offset) {
      problem(
        response,
        409,
        'mismatching-upload-offset',
        { 'Upload-Offset': String(upload.offset) },
        { 'expected-offset': upload.offset, 'provided-offset': offset },
      );
      return;
    }
    if (beyond(request, complete)) {
      response.writeHead(413, { ...limited, Connection: 'close' }).end();
      return;
    }
    const end = request.headers['content-length'] === undefined ? undefined : offset + bytes;
    if (complete && (upload.length ?? end) !== (end ?? upload.length)) {
      problem(response, 400, 'inconsistent-upload-length');
      return;
    }
    if (complete) upload.length ??= end;
    if (!(await take(request, upload))) return;
    if (complete) upload.length ??= upload.offset;
    const isBeyond = upload.offset > (upload.length ?? Infinity);
    if (isBeyond || (complete && upload.offset !== upload.length)) {
      uploads.delete(upload.id);
      problem(response, 400, 'inconsistent-upload-length');
    } else if (complete) conclude(response, upload, true);
    else response.writeHead(204, { 'Upload-Complete': '?0' }).end();
  };

  const server = await resumableServer(async (request, response) => {
    const [, room = '', id = ''] = (request.url ?? '').split('/');
    if (room === 'films') {
      if (request.method === 'OPTIONS')
        response
          .writeHead(
            204,
            announces ? { 'Accept-Patch': 'application/partial-upload', ...limited } : {},
          )
          .end();
      else await create(request, response);
      return;
    }
    const upload = uploads.get(id);
    if (upload === undefined) {
      response.writeHead(404).end();
      return;
    }
    await interrupt(upload);
    if (request.method === 'HEAD')
      response
        .writeHead(204, {
          'Upload-Offset': String(upload.offset),
          'Upload-Complete': upload.complete ? '?1' : '?0',
          ...(upload.length === undefined ? {} : { 'Upload-Length': String(upload.length) }),
          ...limited,
          'Cache-Control': 'no-store',
        })
        .end();
    else if (request.method === 'PATCH') await append(request, response, upload);
    else if (request.method === 'DELETE') {
      uploads.delete(id);
      response.writeHead(204).end();
    } else response.writeHead(405).end();
  }, fate);
  return Object.assign(server, {
    films: `${server.url}/films`,
    films$: finished,
    uploads,
    violations,
    add: (id: string, length: number) => {
      const bare = { id, chunks: [], offset: 0, length, complete: false, current: undefined };
      uploads.set(id, bare);
    },
  });
}
