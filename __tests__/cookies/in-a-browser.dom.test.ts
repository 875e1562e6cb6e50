import { describe, expect, it } from '@jest/globals';
import { cookieJar } from 'coldwire/cookies';

describe('in a browser', () => {
  it('a jar is refused when it is made: cookies are the platform’s own', () => {
    expect(() => cookieJar()).toThrow(
      expect.objectContaining({
        kind: 'request',
        code: 'COOKIES_OF_THE_PLATFORM',
        message: expect.stringContaining('withCredentials'),
      }),
    );
  });
});
