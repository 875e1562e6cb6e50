/**
 * A credential from when it was got until it was replaced. Generations are told apart by the object, so that a late
 * refusal of an old one is known for what it is, also where two credentials are equal.
 */
export interface Generation<C> {
  readonly credential: C;
  /** Why it could not be renewed; it is not tried again. */
  refusal: Refusal | undefined;
}

/** Why there is no new credential. */
export interface Refusal {
  readonly code: 'AUTH_REFRESH_FAILED' | 'AUTH_REFRESH_LOOP';
  readonly message: string;
  readonly cause?: unknown;
}

/** A request that waits for the new credential. */
export interface Waiter {
  proceed(): void;
  refuse(refusal: Refusal): void;
}
