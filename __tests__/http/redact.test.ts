import { describe, expect, it } from '@jest/globals';
import { HeaderFields } from '../../src/index.js';
import { isSecretName, redactHeaders, redactUrl, scrub, secretsOf } from '../../src/http/redact.js';

describe('what is masked', () => {
  it.each([
    'Authorization',
    'Proxy-Authorization',
    'Cookie',
    'Set-Cookie',
    'X-Api-Key',
    'apikey',
    'api_key',
    'access_token',
    'X-XSRF-TOKEN',
    'client_secret',
    'password',
    'Ocp-Apim-Subscription-Key',
    'X-Amz-Signature',
    'sig',
    'code',
    'private_key',
    'client_assertion',
    'passphrase',
    'X-Session-Id',
  ])('is the value of %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    'Accept',
    'Idempotency-Key',
    'X-Trace',
    'page',
    'q',
    'ETag',
    'monkey',
    'keys',
    'encode',
    'design',
  ])('is not the value of %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  it.each([
    ['https://user:hush@h/a', 'https://[redacted]@h/a'],
    ['//user:hush@h/a', '//[redacted]@h/a'],
    ['https:\\\\user:hush@h', 'https://[redacted]@h'],
    [' https:user:hush@h', 'https://[redacted]@h'],
    ['https://h/@/mail:a@b', 'https://h/@/mail:a@b'],
    ['https://h/?token=hush&page=2', 'https://h/?token=[redacted]&page=2'],
    ['https://h/?page=2;sig=hush', 'https://h/?page=2;sig=[redacted]'],
    ['https://h/#access_token=hush', 'https://h/#access_token=[redacted]'],
    ['https://h/?%74oken=hush', 'https://h/?%74oken=[redacted]'],
    ['https://h/?user%5Bpassword%5D=hush', 'https://h/?user%5Bpassword%5D=[redacted]'],
    ['https://h/??token=hush', 'https://h/??token=[redacted]'],
    ['https://h/?%zz=1&key=hush', 'https://h/?%zz=1&key=[redacted]'],
  ])('in %s is the secret alone', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });

  it('is cut where it is long', () => {
    expect(redactUrl(`https://h/${'x'.repeat(2000)}`)).toHaveLength(1025);
    const many = HeaderFields.from(
      Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`x-${i}`, 'y'.repeat(999)])),
    );
    const shown = Object.values(redactHeaders(many));
    expect([shown.length, shown[0]?.length]).toEqual([40, 257]);
  });

  it('takes no word of the protocol for a secret: a 401 behind Digest still reads Unauthorized', () => {
    const headers = HeaderFields.received({
      authorization: 'Digest username="ada", response="0123abcd", qop=auth, nc=00000001',
    });
    expect(scrub('answered 401 Unauthorized', secretsOf(headers, ''))).toBe(
      'answered 401 Unauthorized',
    );
  });

  it('in a text is each part of a credential, the longest first', () => {
    const secrets = secretsOf(
      HeaderFields.from({ authorization: 'Bearer abcd-efgh', cookie: 'sid=wxyz; theme=dark' }),
      'http://h/?token=a%2Bb%2Bc',
    );
    expect(scrub('abcd-efgh wxyz a+b+c a%2Bb%2Bc Bearer', secrets)).toBe(
      '[redacted] [redacted] [redacted] [redacted] Bearer',
    );
  });
});
