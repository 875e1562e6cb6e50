/** The part of an Observable that a body needs; any version of RxJS has it. */
export interface ObservableBytes {
  subscribe(observer: {
    next(bytes: Uint8Array): void;
    error(cause: unknown): void;
    complete(): void;
  }): { unsubscribe(): void };
}

/** Bytes that come bit by bit. */
export type ByteSource = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | ObservableBytes;

/** Opens the body afresh: called once for each attempt, after subscribing. */
export type BodyRecipe = () => ByteSource;
