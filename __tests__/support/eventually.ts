/** A machine that is this slow has other troubles. */
const PATIENCE_MS = 30_000;

/** Once this is so, looked at in each turn of the event loop; false if it never is. For what tells nobody of its changes. */
export async function eventually(isSo: () => boolean): Promise<boolean> {
  const end = performance.now() + PATIENCE_MS;
  while (!isSo() && performance.now() < end) await new Promise(setImmediate);
  return isSo();
}
