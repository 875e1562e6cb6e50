import { createHash } from 'node:crypto';
import { type LoopbackServer, loopback } from './loopback.js';

/** Where a part of the pool is served: the name tells transfers apart. */
export const filmPath = (name: string | number, start: number, length: number): string =>
  `/film/${name}/${start}/${length}`;

/** Serves parts of a pool of bytes as RFC 9110 says: ranges, If-Range, and digests of the whole. */
export function filmOrigin(pool: Uint8Array): Promise<LoopbackServer> {
  return loopback((request, response) => {
    const [, , , start = 0, length = 0] = (request.url ?? '').split('/').map(Number);
    const film = pool.subarray(start, start + length);
    const etag = `"${start}-${length}"`;
    const { range, 'if-range': ifRange } = request.headers;
    const asked = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
    const first = asked === undefined || (ifRange ?? etag) !== etag ? undefined : Number(asked);
    if (first !== undefined && first >= length) {
      response.writeHead(416, { 'content-range': `bytes */${length}`, 'content-length': 0, etag });
      response.end();
      return;
    }
    const body = film.subarray(first ?? 0);
    response.writeHead(first === undefined ? 200 : 206, {
      'content-length': body.length,
      'repr-digest': `sha-256=:${createHash('sha256').update(film).digest('base64')}:`,
      etag,
      ...(first !== undefined && { 'content-range': `bytes ${first}-${length - 1}/${length}` }),
    });
    let at = 0;
    const more = (): void => {
      while (at < body.length) {
        const piece = body.subarray(at, (at += 65_536));
        if (response.destroyed) return;
        if (response.write(piece)) continue;
        response.once('drain', more);
        return;
      }
      response.end();
    };
    more();
  });
}
