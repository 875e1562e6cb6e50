// What the tests use of the reference server. Its own types name those of every runtime that it can run on, and do not
// compile where they are not installed.
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface ServerOptions {
  readonly path: string;
  readonly datastore: FileStore;
  readonly lockDrainTimeout?: number;
  readonly maxSize?: number;
}

export class Server {
  constructor(options: ServerOptions);
  handle(request: IncomingMessage, response: ServerResponse): Promise<unknown>;
}

export class FileStore {
  expirationPeriodInMilliseconds: number;
  constructor(options: { directory: string; expirationPeriodInMilliseconds?: number });
}
