/** Never written to, so that it costs addresses and no memory. */
const ROOM_BYTES = 8 * 1024 * 1024;
let isMade = false;

/**
 * Something large comes and goes, once: the C library of most Linux systems (glibc) learns from it to keep what is free at
 * the end of its heap. Otherwise it gives every 128 KiB back to the system, which clears them when the next chunks of an
 * upload want them again: up to a third of its time.
 */
export function makeHeapRoom(): void {
  if (isMade) return;
  isMade = true;
  new ArrayBuffer(ROOM_BYTES);
}
