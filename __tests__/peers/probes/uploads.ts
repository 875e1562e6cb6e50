import { loopback } from '../../support/loopback.js';
import { type Probes, no, outcomeOf, soon, start, withServer, yes } from '../probe.js';

const CHUNK = 65_536;
const CHUNKS = 1024;
const MIB = 1_048_576;

/** A source of 64 MiB that tells how much was taken from it and whether it was let go. */
function watched() {
  const source = { pulled: 0, released: false };
  const open = async function* () {
    try {
      for (let n = 0; n < CHUNKS; n++) {
        source.pulled += CHUNK;
        yield new Uint8Array(CHUNK);
      }
    } finally {
      source.released = true;
    }
  };
  return { source, open };
}

export const uploads: Probes = {
  'A source of 64 MiB waits for a server that does not read: at most 8 MiB are taken': async ({
    upload,
  }) => {
    if (upload === undefined) return undefined;
    return withServer(
      loopback(() => undefined, { readsBody: false }),
      async (server) => {
        const { source, open } = watched();
        const left = start(upload(`${server.url}/`, open));
        await server.request(1);
        for (let before = -1; before !== source.pulled;) {
          before = source.pulled;
          await soon(server, () => false);
        }
        left.unsubscribe();
        return source.pulled <= 8 * MIB ? yes : no(`${Math.round(source.pulled / MIB)} MiB`);
      },
    );
  },

  'The source is let go when the request is left': async ({ upload }) => {
    if (upload === undefined) return undefined;
    return withServer(
      loopback(() => undefined, { readsBody: false }),
      async (server) => {
        const { source, open } = watched();
        const left = start(upload(`${server.url}/`, open));
        await server.request(1);
        await server.barrier();
        left.unsubscribe();
        return (await soon(server, () => source.released)) ? yes : no();
      },
    );
  },

  'The source is let go when the server refuses before it has read': async ({ upload }) => {
    if (upload === undefined) return undefined;
    return withServer(
      loopback(() => ({ status: 413, headers: { connection: 'close' } }), { readsBody: false }),
      async (server) => {
        const { source, open } = watched();
        await outcomeOf(upload(`${server.url}/`, open));
        return (await soon(server, () => source.released)) && source.pulled < CHUNK * CHUNKS
          ? yes
          : no();
      },
    );
  },
};
