/** Once a figure has not changed over many turns of the event loop: what fills buffers has filled them. */
export async function settled(read: () => number): Promise<void> {
  let last = read();
  for (let still = 0; still < 200; still++) {
    await new Promise(setImmediate);
    if (read() !== last) still = 0;
    last = read();
  }
}
