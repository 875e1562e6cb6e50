const FIRST = new TextDecoder();
const LATER = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Decodes UTF-8 that comes in chunks, as a `TextDecoder` with `stream: true` does, but by whole calls, which engines
 * are several times faster at: an unfinished character at the end of a chunk is kept for the next one.
 */
export class Utf8Stream {
  #decoder = FIRST;
  #kept: Uint8Array | undefined;

  /** The characters that are whole with these bytes. A byte order mark at the very start is taken off. */
  decode(bytes: Uint8Array): string {
    const all = this.#kept === undefined ? bytes : joined(this.#kept, bytes);
    const end = wholeCharacters(all);
    this.#kept = end === all.byteLength ? undefined : all.slice(end);
    return end === 0 ? '' : this.#text(end === all.byteLength ? all : all.subarray(0, end));
  }

  /** The last characters, with these bytes as the end: an unfinished one is U+FFFD. */
  finish(bytes: Uint8Array): string {
    const all = this.#kept === undefined ? bytes : joined(this.#kept, bytes);
    this.#kept = undefined;
    return this.#text(all);
  }

  #text(bytes: Uint8Array): string {
    // Only the very first bytes can be a mark; fewer than three that may become one wait as an unfinished character.
    const decoder = this.#decoder;
    this.#decoder = LATER;
    return decoder.decode(bytes);
  }
}

/** Where the last unfinished character begins; cutting in front of a lead byte never changes what is decoded. */
function wholeCharacters(bytes: Uint8Array): number {
  const { byteLength } = bytes;
  for (let back = 1; back <= 3 && back <= byteLength; back++) {
    const byte = bytes[byteLength - back] as number;
    if (byte < 0x80) return byteLength;
    if (byte >= 0xc0)
      return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? byteLength - back : byteLength;
  }
  return byteLength;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.byteLength + other.byteLength);
  both.set(one);
  both.set(other, one.byteLength);
  return both;
}
