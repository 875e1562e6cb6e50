// What a rival does with a body behind a challenge: `node rivals.mjs axios|got <url> <bytes>` puts so many bytes there, made as
// they go, answers a 401 by Basic as its documentation says, and prints { status, sourceBytes } as JSON.
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [rival, url, bytes] = process.argv.slice(2);
const [username, password] = ['ada', 'correct'];
const PIECE = new Uint8Array(65_536);
let sourceBytes = 0;

async function* pieces() {
  for (let made = 0; made < Number(bytes); made += PIECE.byteLength) {
    sourceBytes += PIECE.byteLength;
    yield PIECE;
    await turn();
  }
}
const body = () => Readable.from(pieces(), { objectMode: false });
const load = (name) =>
  import(pathToFileURL(createRequire(new URL('../../bench/', import.meta.url)).resolve(name)));

const rivals = {
  async axios() {
    const { default: axios } = await load('axios');
    const client = axios.create({ maxBodyLength: Infinity });
    client.interceptors.response.use(undefined, (error) => {
      if (error.response?.status !== 401 || error.config.auth) throw error;
      return client.request({ ...error.config, data: body(), auth: { username, password } });
    });
    return (await client.put(url, body())).status;
  },
  async got() {
    const { default: got } = await load('got');
    const client = got.extend({
      retry: { limit: 0 },
      throwHttpErrors: false,
      hooks: {
        afterResponse: [
          (response, again) =>
            response.statusCode === 401 ? again({ username, password, body: body() }) : response,
        ],
      },
    });
    return (await client.put(url, { body: body() })).statusCode;
  },
};

const status = await rivals[rival]().catch(
  (error) => `${error.code ?? error.name}: ${error.message}`,
);
process.stdout.write(JSON.stringify({ status, sourceBytes }), () => process.exit());
