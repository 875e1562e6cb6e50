import { stringsIn } from '../errors/without-secrets.js';

const SHORTEST_SECRET = 4;

/** The texts of a credential that must stand in no error, the longest first. */
export function secretsIn(credential: unknown): readonly string[] {
  const long = stringsIn(credential).filter((text) => text.length >= SHORTEST_SECRET);
  return long.sort((a, b) => b.length - a.length);
}
