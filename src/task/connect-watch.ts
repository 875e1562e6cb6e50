import { type ContextToken, contextToken } from '../http/context.js';

/** Told when the connection of an exchange stands: what a connect timeout waits for. */
export interface ConnectWatch {
  /** The connection stands, TLS included, or the platform does not tell when it does. Called at most once per `sent`. */
  connected(): void;
}

/** Travels from the policy that times the connect phase to the publisher that sees it end. */
export const CONNECTING: ContextToken<ConnectWatch | undefined> = contextToken<
  ConnectWatch | undefined
>('connecting', undefined);
