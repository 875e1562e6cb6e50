import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import type { ChaosFault, ChaosPlan, PlannedChaos } from './chaos-plan.js';
import { MessageBounds, type PassingMessage } from './message-bounds.js';
import { Watch } from './watch.js';

/** What went by, over all connections so far. */
export interface ChaosCounts {
  readonly requests: number;
  /** How often each fault struck. */
  readonly struck: Readonly<Record<ChaosFault, number>>;
  /** Bytes of bodies (with their framing) that were passed on. */
  readonly bodyBytesToServer: number;
  readonly bodyBytesToClient: number;
}

export interface ChaosProxy {
  readonly url: string;
  readonly port: number;
  readonly counts: ChaosCounts;
  /** The same of the requests of one name: the path, unless told otherwise. */
  countsOf(name: string): ChaosCounts;
  /** Sockets of either side that are open. */
  readonly open: number;
  /** No socket of either side is open. */
  unconnected(): Promise<void>;
  stop(): Promise<void>;
}

export interface ChaosProxyOptions {
  /** What a request is counted and struck under. Default the path without its query. */
  readonly nameOf?: (message: PassingMessage) => string;
  /** How long a message is taken to be whose length is not known ahead. Default 1 MiB. */
  readonly assumedBytes?: number;
}

interface Tally {
  requests: number;
  struck: Record<ChaosFault, number>;
  bodyBytesToServer: number;
  bodyBytesToClient: number;
}

const newTally = (): Tally => ({
  requests: 0,
  struck: { cut: 0, reset: 0, stall: 0, truncate: 0 },
  bodyBytesToServer: 0,
  bodyBytesToClient: 0,
});

const pathOf = ({ startLine }: PassingMessage): string =>
  (startLine.split(' ')[1] ?? '').replace(/\?.*$/, '');

/** Stands before a server on a loopback port and breaks what passes, request by request, as the plan says. */
export async function chaosProxy(
  targetPort: number,
  plan: ChaosPlan,
  { nameOf = pathOf, assumedBytes = 1 << 20 }: ChaosProxyOptions = {},
): Promise<ChaosProxy> {
  const watch = new Watch();
  const sockets = new Set<Socket>();
  const all = newTally();
  const byName = new Map<string, Tally>();

  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      watch.changed();
    });
  };

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    keep(client);
    keep(target);
    let tally = newTally();
    let chaos: PlannedChaos | undefined;
    let method = '';

    const begin = (message: PassingMessage): void => {
      const name = nameOf(message);
      method = message.startLine.split(' ')[0] ?? '';
      tally = byName.get(name) ?? newTally();
      byName.set(name, tally);
      tally.requests++;
      all.requests++;
      chaos = plan.chaosFor(name, tally.requests, message.bodyBytes !== 0);
      upstream.begin(message, chaos?.strikes === 'request' ? chaos : undefined);
    };

    const upstream = new Direction(true, client, target, assumedBytes, (bytes) => {
      tally.bodyBytesToServer += bytes;
      all.bodyBytesToServer += bytes;
    });
    const downstream = new Direction(false, target, client, assumedBytes, (bytes) => {
      tally.bodyBytesToClient += bytes;
      all.bodyBytesToClient += bytes;
    });
    const strike = ({ fault }: PlannedChaos): void => {
      tally.struck[fault]++;
      all.struck[fault]++;
      watch.changed();
      if (fault === 'cut') for (const socket of [client, target]) socket.destroy();
      else if (fault === 'reset') for (const socket of [client, target]) socket.resetAndDestroy();
      else if (fault === 'stall') for (const one of [upstream, downstream]) one.hush();
      else {
        // What a server says to a request that ended too early is no answer to the one that was sent.
        if (chaos?.strikes === 'request') upstream.swallow();
        downstream.swallow();
      }
    };
    const unframedAnswer = ({ startLine }: { startLine: string }): 'none' | 'to-the-end' =>
      method === 'HEAD' || /^HTTP\/1\.\d (1\d\d|204|304)/.test(startLine) ? 'none' : 'to-the-end';

    upstream.watch(
      new MessageBounds(
        () => 'none',
        begin,
        () => undefined,
      ),
      strike,
    );
    downstream.watch(
      new MessageBounds(
        unframedAnswer,
        (message) => {
          const isInterim = /^HTTP\/1\.\d 1/.test(message.startLine);
          const due = chaos?.strikes === 'response' && !isInterim ? chaos : undefined;
          downstream.begin(message, due);
        },
        () => undefined,
      ),
      strike,
    );
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    counts: all,
    countsOf: (name) => byName.get(name) ?? newTally(),
    get open() {
      return sockets.size;
    },
    unconnected: () => watch.until(() => sockets.size === 0).then(() => undefined),
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** One direction of one connection: passes on what it reads, up to where a fault is due in the current message. */
class Direction {
  readonly #isUp: boolean;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #assumedBytes: number;
  readonly #count: (bodyBytes: number) => void;
  readonly #trickle = new Trickle();
  #held: 'no' | 'hushed' | 'swallowed' = 'no';
  /** Bytes of the current message that may still pass before the fault; `undefined` without one. */
  #room: number | undefined;
  #due: PlannedChaos | undefined;
  #headLeft = 0;

  constructor(
    isUp: boolean,
    from: Socket,
    to: Socket,
    assumedBytes: number,
    count: (bodyBytes: number) => void,
  ) {
    this.#isUp = isUp;
    this.#from = from;
    this.#to = to;
    this.#assumedBytes = assumedBytes;
    this.#count = count;
  }

  /** A message begins; its head has been read, and not yet passed on. */
  begin({ headBytes, bodyBytes }: PassingMessage, due: PlannedChaos | undefined): void {
    this.#headLeft = headBytes;
    this.#due = due;
    const length = headBytes + (bodyBytes ?? this.#assumedBytes);
    this.#room = due === undefined ? undefined : Math.floor(due.at * length);
  }

  watch(bounds: MessageBounds, strike: (chaos: PlannedChaos) => void): void {
    this.#from.on('data', (bytes: Buffer) => {
      let at = 0;
      while (at < bytes.length && this.#held === 'no') {
        const end = at + bounds.push(bytes.subarray(at));
        this.#pass(bytes.subarray(at, end), strike);
        at = end;
      }
    });
    this.#to.on('drain', () => {
      if (this.#held !== 'hushed') this.#from.resume();
    });
    this.#from.on('end', () => {
      if (this.#held !== 'hushed') this.#to.end();
      else if (this.#isUp) this.#from.destroy();
    });
    this.#from.on('close', (failed: boolean) => {
      this.#trickle.stop();
      // A client that has gone ends all, also what is hushed; behind a server that has gone the client gets the rest.
      if (this.#isUp || (failed && this.#held === 'no')) this.#to.destroy();
    });
  }

  /** Nothing moves any more until the client leaves. It is still read at times, or nobody would see it leave. */
  hush(): void {
    this.#held = 'hushed';
    if (this.#isUp) this.#trickle.start(this.#from);
  }

  /** What still comes is dropped; the other side sees an end in order at once. */
  swallow(): void {
    this.#held = 'swallowed';
    this.#to.end();
    this.#from.resume();
  }

  #pass(bytes: Buffer, strike: (chaos: PlannedChaos) => void): void {
    const due = this.#due;
    const passing = this.#room === undefined ? bytes : bytes.subarray(0, this.#room);
    if (passing.length > 0) {
      const ofHead = Math.min(this.#headLeft, passing.length);
      this.#headLeft -= ofHead;
      this.#count(passing.length - ofHead);
      if (!this.#to.write(passing)) this.#from.pause();
    }
    if (this.#room === undefined || due === undefined) return;
    this.#room -= passing.length;
    if (this.#room > 0 || passing.length === bytes.length) return;
    this.#room = undefined;
    this.#due = undefined;
    strike(due);
  }
}

/** Reads a little of a socket ten times a second and drops it: a stalled peer still fills the system's buffers. */
class Trickle {
  #timer: NodeJS.Timeout | undefined;

  start(socket: Socket): void {
    socket.pause();
    socket.on('data', () => socket.pause());
    this.#timer = setInterval(() => socket.resume(), 100);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
