import { invalid } from '../http/invalid-input.js';
import type { AuthScheme } from './auth-scheme.js';

// eslint-disable-next-line no-control-regex -- what RFC 7617 section 2 forbids
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Basic (RFC 7617). The user name and password are UTF-8, whether or not the challenge says `charset="UTF-8"`: it is
 * the only charset there is, and what servers take today.
 */
export const basicScheme: AuthScheme = {
  name: 'basic',
  strength: () => 10,
  begin: (_challenge, credential) => {
    if (!('user' in credential)) return undefined;
    const { user, password } = credential;
    if (user.includes(':')) throw invalid('credential.user', 'no colon (RFC 7617 section 2)');
    if (CONTROL.test(user) || CONTROL.test(password))
      throw invalid('credential', 'no control characters (RFC 7617 section 2)');
    const bytes = new TextEncoder().encode(`${user}:${password}`.normalize('NFC'));
    const value = `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
    return { authorize: () => value };
  },
};
