import { createHash, randomBytes } from 'node:crypto';

const TUS = { 'Tus-Resumable': '1.0.0' };
const MIB = 1_048_576;
/** Where the server breaks the line: an upload when it has so many bytes, a download when so many were sent. */
const UPLOAD_CUTS = [1.25 * MIB, 2.5 * MIB, 4.75 * MIB];
const DOWNLOAD_CUTS = [1.5 * MIB, 3.25 * MIB, 5 * MIB];

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** What arrives and leaves in parts: uploads of tus 1.0, of which it keeps what came before a cut, and one film. */
export class Transfers {
  #uploads = new Map();
  #uploadCuts = [...UPLOAD_CUTS];
  #film = new Uint8Array(6 * MIB).map((_byte, at) => (at * 17) ^ (at >> 8));
  #filmCuts = [...DOWNLOAD_CUTS];

  async upload({ request, response, url, counts, cut }) {
    if (request.method === 'POST') return this.#create(request, response);
    const upload = this.#uploads.get(url.pathname.split('/').at(-1));
    if (upload === undefined) return end(response, 404);
    if (request.method === 'HEAD') return end(response, 200, standing(upload));
    if (Number(request.headers['upload-offset']) !== upload.bytes) return end(response, 409);
    for await (const chunk of request) {
      upload.chunks.push(chunk);
      upload.bytes += chunk.length;
      if (upload.bytes < (this.#uploadCuts[0] ?? Infinity)) continue;
      this.#uploadCuts.shift();
      return cut();
    }
    if (upload.bytes === upload.length)
      counts.resumedUpload(upload.bytes, hashOf(Buffer.concat(upload.chunks)));
    return end(response, 204, standing(upload));
  }

  film({ request, response, counts, cut }) {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range)?.[1] ?? 0);
    const size = this.#film.length;
    const cutAt = this.#filmCuts.shift();
    response.writeHead(from === 0 ? 200 : 206, {
      'Content-Type': 'video/mp4',
      'Content-Length': size - from,
      ETag: '"the-only-print"',
      'Accept-Ranges': 'bytes',
      ...(from === 0 ? {} : { 'Content-Range': `bytes ${from}-${size - 1}/${size}` }),
    });
    counts.offered(size, hashOf(this.#film));
    if (cutAt === undefined) response.end(this.#film.subarray(from));
    else response.write(this.#film.subarray(from, cutAt), () => cut());
  }

  #create(request, response) {
    const id = randomBytes(8).toString('hex');
    const upload = { length: Number(request.headers['upload-length']), bytes: 0, chunks: [] };
    this.#uploads.set(id, upload);
    request.resume();
    end(response, 201, { Location: `/uploads/${id}` });
  }
}

const standing = ({ bytes, length }) => ({
  'Upload-Offset': bytes,
  'Upload-Length': length,
  'Cache-Control': 'no-store',
});

function end(response, status, headers = {}) {
  response.writeHead(status, { ...TUS, ...headers });
  response.end();
}
