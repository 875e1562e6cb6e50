import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY } from 'rxjs';
import {
  type BodyInput,
  HeaderFields,
  TaskRequest,
  createClient,
  recipeBody,
  toCurl,
} from '../../src/index.js';

const client = createClient({ baseUrl: 'https://api.test' });
const posted = (body: BodyInput, headers = {}): string =>
  toCurl(client.post('/x', body, { headers }).request);

/** What a POSIX shell makes of the words of a command line. */
function wordsOf(command: string): string[] {
  const printing = `printf '%s\\0' ${command}`;
  return execFileSync('/bin/sh', ['-c', printing]).toString('utf8').split('\0').slice(0, -1);
}

describe('toCurl', () => {
  it('writes method, URL, header fields and body as curl takes them', () => {
    expect(toCurl(client.get('/users', { params: { page: 2 } }).request)).toBe(
      "curl 'https://api.test/users?page=2'",
    );
    expect(toCurl(client.head('/x', { headers: { 'X-Trace': '7' } }).request)).toBe(
      "curl --head 'https://api.test/x' -H 'x-trace: 7'",
    );
    expect(posted({ name: 'Ada' })).toBe(
      `curl -X POST 'https://api.test/x' -H 'content-type: application/json' --data-raw '{"name":"Ada"}'`,
    );
    expect(toCurl(client.delete('/x', { headers: { 'X-Empty': '' } }).request)).toBe(
      "curl -X DELETE 'https://api.test/x' -H 'x-empty;'",
    );
    expect(toCurl(client.get('/a[1]').request)).toContain("--globoff 'https://api.test/a[1]'");
  });

  it('masks what may be a credential, in fields, query and structured bodies (L9)', () => {
    const headers = { Authorization: 'Bearer s3cr3t', Cookie: 'sid=s3cr3t', 'X-Api-Key': 's3cr3t' };
    const request = client.post(
      '/x',
      { user: 'ada', password: 's3cr3t', deep: [{ accessToken: 's3cr3t' }], note: 'is s3cr3t' },
      { headers, params: { token: 's3cr3t', q: 'shown' } },
    ).request;
    const line = toCurl(request);
    expect(line).not.toContain('s3cr3t');
    expect(line).toContain('q=shown');
    expect(line).toContain('"user":"ada"');
    expect(posted(new URLSearchParams({ user: 'ada', password: 's3cr3t' }))).toContain(
      "--data-raw 'user=ada&password=[redacted]'",
    );
    const form = new FormData();
    form.set('user', 'ada');
    form.set('password', 's3cr3t');
    form.set('file', new Blob(['1234']), 'photo.png');
    const parts = posted(form);
    expect(parts).toContain("--form-string 'user=ada' --form-string 'password=[redacted]'");
    expect(parts).toContain("--form-string 'file=[4 bytes of photo.png]'");
  });

  it('tells everything where that is asked for', () => {
    const request = client.post(
      '/x?token=s3',
      { password: 's3' },
      { headers: { Cookie: 'a=s3' } },
    ).request;
    expect(toCurl(request, { showsSecrets: true })).toBe(
      `curl -X POST 'https://api.test/x?token=s3' -H 'cookie: a=s3' -H 'content-type: application/json' --data-raw '{"password":"s3"}'`,
    );
  });

  it('notes the size of what has no structure, and opens no stream', () => {
    let opened = 0;
    const recipe = () => (opened++, EMPTY);
    expect(posted('just text')).toContain("--data-raw '[9 characters]'");
    expect(posted(new Uint8Array(7))).toContain("--data-binary '[7 bytes]'");
    expect(posted(new Blob(['12345']))).toContain("--data-binary '[5 bytes]'");
    expect(posted(recipe)).toContain("--data-binary '[a stream]'");
    expect(posted(recipeBody(recipe, { length: 9 }))).toContain(
      "--data-binary '[a stream of 9 bytes]'",
    );
    expect(opened).toBe(0);
  });

  it('leaves JSON without secrets as it was written', () => {
    const body = '{ "id": 12345678901234567890 }';
    expect(posted(body, { 'Content-Type': 'application/json' })).toContain(`'${body}'`);
    expect(posted('{broken', { 'Content-Type': 'application/json' })).toContain('[7 characters]');
  });

  it('is words that a shell hands on as they are, whatever they hold', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(...`'"\\$\`!;&|<>()*?~# \t%aé`),
      maxLength: 30,
    });
    fc.assert(
      fc.property(nasty, nasty, nasty, (value, text, path) => {
        const request = new TaskRequest({
          method: `POST${text}`,
          url: `https://api.test/${encodeURIComponent(path)}`,
          headers: HeaderFields.from({ 'x-note': value }),
          body: client.post('/', { text: `--${text}` }).request.body,
        });
        expect(wordsOf(toCurl(request, { showsSecrets: true }))).toEqual([
          'curl',
          '-X',
          `POST${text}`,
          request.url,
          '-H',
          value.trim() === '' ? 'x-note;' : `x-note: ${value.trim()}`,
          '-H',
          'content-type: application/json',
          '--data-raw',
          JSON.stringify({ text: `--${text}` }),
        ]);
      }),
      { numRuns: 20 },
    );
  });

  it('tells no random secret', () => {
    const secret = fc.string({ unit: fc.constantFrom(...'QXZWkz739_-"\\'), minLength: 8 });
    fc.assert(
      fc.property(secret, (token) => {
        const request = client.post(
          '/x',
          { note: `it is ${token}`, token },
          { headers: { Authorization: `Bearer ${token}` }, params: { token } },
        ).request;
        const line = toCurl(request);
        expect(line).not.toContain(token);
        expect(line).not.toContain(JSON.stringify(token).slice(1, -1));
      }),
    );
  });

  it('refuses an option that it does not know', () => {
    expect(() => toCurl(client.get('/').request, { showSecrets: true } as never)).toThrow(
      expect.objectContaining({ kind: 'request', field: 'showSecrets' }),
    );
  });
});
