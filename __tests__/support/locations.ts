/** Values of `Location` that must never be followed from an http server at `base`, by what is wrong with them. */
export const hostileLocations = (base: string): Readonly<Record<string, string>> => ({
  'a file': 'file:///etc/passwd',
  'a data URL': 'data:text/plain,owned',
  'a script': 'javascript:alert(1)',
  'an ftp server': 'ftp://127.0.0.1/x',
  'a unix socket': 'unix:/var/run/docker.sock:/info',
  'a blob': `blob:${base}/x`,
  'a WebSocket': base.replace(/^http/, 'ws'),
  'a malformed URL': 'http://[::1/x',
  'a port out of range': 'http://127.0.0.1:99999/',
  'no host': 'http://',
  'a space in the host': 'http://exa mple/',
});

/** Values that leave the origin `http://a.test` for `http://evil.test` while looking like a path, or hide a user. */
export const slyLocations: Readonly<Record<string, string>> = {
  'a protocol-relative URL': '//evil.test/x',
  'a backslash for the second slash': '/\\evil.test/x',
  'two backslashes': '\\\\evil.test/x',
  'a tab between the slashes': '/\t/evil.test/x',
  'a user before the host': 'http://a.test@evil.test/x',
  'a user and a password': 'http://user:secret@evil.test/x',
  'three slashes': 'http:///evil.test/x',
};
