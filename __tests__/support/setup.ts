/** No test leaves the machine: a connection to anything but the loopback is refused, and fails the test that tried. */
import net from 'node:net';
import { afterEach, expect } from '@jest/globals';

const LOOPBACK =
  /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3}|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}|0\.0\.0\.0|::)$/i;
/** RFC 6761: never resolves, so that a test of DNS failures may ask for it. */
const UNRESOLVABLE = /\.invalid$/i;

type Connect = (this: net.Socket, ...args: unknown[]) => net.Socket;
interface Guard extends Connect {
  /** Hosts that were asked for since the last test. Core modules are shared by all files of one worker. */
  refused: string[];
}

const KEY = Symbol.for('coldwire.test.networkGuard');
const prototype = net.Socket.prototype as unknown as { connect: Connect; [KEY]?: Guard };
const guard = (prototype[KEY] ??= install());

function install(): Guard {
  const connect = prototype.connect;
  const guarded = function (this: net.Socket, ...args: unknown[]): net.Socket {
    const host = hostOf(args);
    if (host === undefined || LOOPBACK.test(host) || UNRESOLVABLE.test(host))
      return connect.apply(this, args);
    guarded.refused.push(host);
    const error = new Error(
      `A test may not connect to ${host}: serve it on the loopback, or import nock`,
    );
    process.nextTick(() => this.destroy(error));
    return this;
  } as Guard;
  guarded.refused = [];
  prototype.connect = guarded;
  return guarded;
}

/** The host that `socket.connect(...)` is asked for; undefined for a pipe. Node passes `[options, callback]` on inside. */
function hostOf(args: readonly unknown[]): string | undefined {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === 'object' && first !== null) {
    const options = first as { host?: unknown; path?: unknown };
    if (typeof options.path === 'string' && options.host === undefined) return undefined;
    return typeof options.host === 'string' ? bare(options.host) : 'localhost';
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return undefined;
  return typeof second === 'string' ? bare(second) : 'localhost';
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

afterEach(() => {
  const refused = guard.refused.splice(0);
  expect({ connectionsThatLeftTheMachine: refused }).toEqual({ connectionsThatLeftTheMachine: [] });
});
