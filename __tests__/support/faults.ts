import type { Exchange, HeaderFields } from './exchange.js';
import type { FaultConnection } from './fault-connection.js';
import type { Script } from './fault-server.js';
import { responseBytes } from './wire.js';

/** How an answer stops: RST, FIN, silence on an open connection, or in order with the connection kept. */
export type Ending = 'reset' | 'cut' | 'stall' | 'keep';

export async function finishWith(exchange: Exchange, ending: Ending): Promise<void> {
  if (ending === 'reset') await exchange.reset();
  else if (ending === 'cut') await exchange.end();
  else if (ending === 'stall') await exchange.stall();
  else exchange.keepAlive();
}

/** Sends the first `upTo` bytes of `bytes` (all of them unless told) and ends so. Loop over `upTo` to cut at every byte. */
export const sends =
  (bytes: string | Uint8Array, then: Ending = 'cut', upTo?: number): Script =>
  async (exchange) => {
    const all = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
    const part = all.subarray(0, upTo ?? all.length);
    if (part.length > 0) await exchange.raw(part);
    await finishWith(exchange, then);
  };

/** A complete, correct answer. */
export const answers =
  (status: number, headers: HeaderFields = {}, body: string | Uint8Array = ''): Script =>
  (exchange) =>
    exchange.respond(status, headers, body);

/** Reads the request and never answers. */
export const neverAnswers = (): Script => (exchange) => exchange.stall();
/** RST as soon as the request head is here: no effect, no answer. */
export const resetsBeforeHead = (): Script => (exchange) => exchange.reset();
/** FIN as soon as the request head is here. */
export const cutsBeforeHead = (): Script => (exchange) => exchange.end();
/** Half a status line, then the ending. */
export const breaksInHead = (then: Ending): Script => sends('HTTP/1.1 20', then);
/** A whole head that promises a body, no byte of it, then the ending. */
export const breaksAfterHead = (then: Ending): Script =>
  sends(responseBytes(200, {}, 'promised').subarray(0, -8), then);
/** A head, part of the promised body, then the ending. */
export const breaksInBody = (then: Ending, sent = 'half ', missingBytes = 5): Script =>
  sends(`HTTP/1.1 200 OK\r\ncontent-length: ${sent.length + missingBytes}\r\n\r\n${sent}`, then);
/** A chunked body whose last chunk never comes. */
export const breaksInChunks = (then: Ending): Script =>
  sends('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n', then);
/**
 * A body of no declared length, `half `, that ends so once `seen` resolves. Let that be when the client has read the part:
 * where bytes and RST arrive in one go, libuv reports an orderly end and no client in Node can tell.
 */
export const breaksUndelimitedBody =
  (then: Ending, seen: Promise<unknown>): Script =>
  async (exchange) => {
    await exchange.raw('HTTP/1.1 200 OK\r\n\r\nhalf ');
    await seen;
    await finishWith(exchange, then);
  };
/** Says `Content-Length: declared` and sends `body`, then closes in order. */
export const liesAboutLength = (declared: number, body: string): Script =>
  sends(`HTTP/1.1 200 OK\r\ncontent-length: ${declared}\r\n\r\n${body}`, 'cut');

/** A body without end: portions are sent while the client takes them. */
export const endlessBody =
  (portionBytes = 65_536, headers: HeaderFields = {}): Script =>
  async (exchange) => {
    await exchange.head(200, headers);
    const portion = Buffer.alloc(portionBytes, 'x');
    for (;;) await exchange.body(portion);
  };

/** Answers before the upload is read, then RST, FIN (with unread bytes the client sees RST), silence, or reads on to the end. */
export const answersEarly =
  (status: number, then: Ending, body = 'no'): Script =>
  async (exchange) => {
    if (then !== 'keep') exchange.stopReading();
    await exchange.respond(status, {}, body);
    if (then === 'keep') await exchange.readBody();
    else await finishWith(exchange, then);
  };

/** Never reads the upload beyond what came with its head, never answers. `exchange.resumeReading()` lets it flow again. */
export const neverReadsUpload = (): Script => (exchange) => {
  exchange.stopReading();
  return exchange.finished;
};

/** Redirects to a fixed place or to one made from the request. */
export const redirects =
  (
    location: string | ((exchange: Exchange) => string),
    status = 302,
    headers: Readonly<Record<string, string>> = {},
  ): Script =>
  (exchange) =>
    exchange.respond(status, {
      location: typeof location === 'string' ? location : location(exchange),
      ...headers,
    });

/** Redirects for ever to a new path of itself. */
export const redirectLoop = (status = 302): Script =>
  redirects((exchange) => `/hop-${exchange.n}`, status);

/** Takes scripts in turn, one a request; the last one repeats. */
export function inTurn(...scripts: Script[]): Script {
  let at = 0;
  return (exchange) => scripts[Math.min(at++, scripts.length - 1)]?.(exchange);
}

/** Chooses the script by the path (without its query). */
export const byPath =
  (scripts: Readonly<Record<string, Script>>, otherwise: Script = answers(404)): Script =>
  (exchange) =>
    (scripts[exchange.request.path.split('?')[0] ?? ''] ?? otherwise)(exchange);

/** What can go wrong before the first request byte; give one as `connection` to `faultServer`. */
export const connectionFaults = {
  /** Accepts, reads nothing, says nothing: with TLS this is a stalled handshake. */
  silent: (connection: FaultConnection): Promise<unknown> => connection.stall(),
  /** RST at once. */
  reset: (connection: FaultConnection): Promise<unknown> => connection.reset(),
  /** FIN at once: with TLS a cut handshake. */
  cut: (connection: FaultConnection): Promise<unknown> => connection.end(),
  /** Answers in plain HTTP where TLS was expected. */
  plainText: async (connection: FaultConnection): Promise<void> => {
    await connection.raw('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n');
    await connection.end();
  },
  /** The first five bytes of a TLS record, then nothing. */
  stalledRecord: async (connection: FaultConnection): Promise<unknown> => {
    await connection.raw(Buffer.from([0x16, 0x03, 0x03, 0x00, 0x7a]));
    return connection.stall();
  },
} as const;
