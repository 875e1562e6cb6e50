// Runs one compiled snippet in a process of its own, with the example hosts turned into loopback servers.
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { pathToFileURL } from 'node:url';
import { snippetServer } from './snippet-server.mjs';

const [file] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const words = new Set([
  'api',
  ...[...text.matchAll(/https?:\/\/([a-z]+)\.example\.com/g)].map(([, word]) => word),
]);

const origins = {};
const other = await snippetServer();
for (const word of words) origins[word] = await snippetServer(() => other);
globalThis.serverUrl = origins.api;

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const { host } = (Array.isArray(args[0]) ? args[0][0] : args[0]) ?? {};
  if (host !== undefined && !/^(127\.0\.0\.1|localhost|.*\.invalid)$/.test(host)) {
    throw new Error(`A snippet may not connect to ${host}`);
  }
  return connect.apply(this, args);
};

const bound = text.replace(/https?:\/\/([a-z]+)\.example\.com/g, (_, word) => origins[word]);
const running = file.replace(/\.js$/, '.running.js');
writeFileSync(running, bound);
await import(pathToFileURL(running).href);
