/** Part of the contract that also runs in a browser: nothing of Node here. */
import type { Client } from 'coldwire';

/** What an act is given: a client whose base is the server, and the server's word. */
export interface Stage {
  readonly client: Client;
  /** Where nobody listens. */
  readonly closedUrl: string;
  /** Resolves when the server has said so. */
  until(word: string): Promise<void>;
  /** Says so to the server. */
  tell(word: string): Promise<void>;
}

/** One thing that is done with a client; what it returns is JSON. */
export type Act = (stage: Stage) => Promise<unknown>;
