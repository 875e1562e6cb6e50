/** A body's source that gives bytes when it is asked, and is let go of in any state. */
export interface PulledBytes {
  /** The next bytes; `undefined` at the end. Not called again before it settled. */
  pull(): Promise<Uint8Array | undefined>;
  /** Ends the source: `return()`, `cancel()`, `destroy()` or `unsubscribe()`. Does nothing the second time. */
  release(): void;
  /** Called when a source that cannot wait fails while nobody pulls: a stalled connection may never ask again. */
  onFailure?: ((cause: unknown) => void) | undefined;
}
