import { type ProtectionSpace, keyOfSpace } from '../challenges/protection-space.js';

/** Windows takes 513 characters; people who look into their key chain want fewer. */
const LONGEST_NAME = 200;
const SHOWN = 100;

/** The name of the entry of a space: its origin, realm and scheme, for people to find; a realm may be of any length. */
export async function accountOf(space: ProtectionSpace): Promise<string> {
  const key = keyOfSpace(space);
  if (key.length <= LONGEST_NAME) return key;
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  const digits = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0'));
  return `${key.slice(0, SHOWN)}… ${digits.join('')}`;
}

/** The name of the entry that lists the spaces of an origin. */
export function indexOf(origin: string): string {
  return `spaces of ${origin}`;
}
