import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createClient } from '../../src/index.js';
import { downloadToFile } from '../../src/node/index.js';
import { safeFileName } from '../../src/node/safe-name.js';
import { outcomeOf } from '../promises/outcome.js';
import { type FaultServer, faultServer } from '../support/fault-server.js';
import { type Folder, folder } from './folder.js';

describe('a name that a server gives', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\system32\\drivers.sys', 'drivers.sys'],
    ['/etc/cron.d/job', 'job'],
    ['C:\\autoexec.bat', 'autoexec.bat'],
    ['C:autoexec.bat', 'C_autoexec.bat'],
    ['a\0b\u0001\r\n\tc.txt', 'abc.txt'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['zero\u200bwidth\ufeff.txt', 'zerowidth.txt'],
    ['.bashrc', 'bashrc'],
    ['...hidden', 'hidden'],
    ['name. . .', 'name'],
    ['stream.txt:$DATA', 'stream.txt_$DATA'],
    ['a<b>c"d|e?f*g', 'a_b_c_d_e_f_g'],
    ['CON', '_CON'],
    ['con.txt', '_con.txt'],
    ['nul .txt', 'nul .txt'],
    ['COM1.log', '_COM1.log'],
    ['LPT².x', '_LPT².x'],
    ['console.log', 'console.log'],
    ['half\ud800pair', 'half_pair'],
    ['u\u0308ber.txt', '\u00fcber.txt'],
    ['', undefined],
    ['.', undefined],
    ['..', undefined],
    ['a/', undefined],
    ['\u0007', undefined],
    [' . ', undefined],
  ])('%j becomes %j', (given, safe) => {
    expect(safeFileName(given)).toBe(safe);
  });

  it('is cut where it is too long, and keeps its ending and whole characters', () => {
    const name = safeFileName(`${'\u{1f600}'.repeat(100)}.jpeg`) ?? '';
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
    expect(name).toMatch(/^(\u{1f600})+\.jpeg$/u);
  });

  it('never leaves its folder, whatever was given, and stays as it is a second time', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ maxLength: 80 })),
        (given) => {
          const safe = safeFileName(given);
          if (safe === undefined) return;
          expect(basename(join('/safe', safe))).toBe(safe);
          // eslint-disable-next-line no-control-regex -- they are what is looked for
          expect(safe).not.toMatch(/[\u0000-\u001f\u007f/\\]|^\.|[. ]$/);
          expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(255);
          expect(safeFileName(safe)).toBe(safe);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('downloadToFile into a directory', () => {
  let place: Folder;
  let server: FaultServer;
  let disposition: string | undefined;

  beforeEach(async () => {
    place = folder();
    server = await faultServer((exchange) =>
      exchange.respond(
        200,
        disposition === undefined ? {} : { 'content-disposition': disposition, etag: '"v1"' },
        'content',
      ),
    );
  });

  afterEach(async () => {
    await server.stop();
    place.remove();
  });

  const save = (url: string, options = {}, fallbackName?: string) => {
    const client = createClient({ baseUrl: server.url });
    const target = {
      directory: place.path,
      ...(fallbackName === undefined ? {} : { fallbackName }),
    };
    return outcomeOf(downloadToFile(client.get(url), target, options));
  };

  it.each([
    ['attachment; filename="report.pdf"', '/x', 'report.pdf'],
    [
      `attachment; filename="plain.txt"; filename*=UTF-8''na%C3%AFve%20file.txt`,
      '/x',
      'na\u00efve file.txt',
    ],
    ['attachment; filename="../../../etc/passwd"', '/x', 'passwd'],
    [`attachment; filename*=UTF-8''..%2F..%2Fevil.sh`, '/x', 'evil.sh'],
    ['attachment; filename="..\\\\..\\\\evil.exe"', '/x', 'evil.exe'],
    ['attachment; filename=".."', '/films/one.mp4', 'one.mp4'],
    ['attachment; filename="broken', '/films/one.mp4', 'one.mp4'],
    ['inline', '/films/na%C3%AFve.mp4?token=secret', 'na\u00efve.mp4'],
    [undefined, '/films/%2e%2e%2fup.mp4', 'up.mp4'],
    [undefined, '/', 'download'],
  ])('takes the name of %j at %s: %j', async (given, url, name) => {
    disposition = given;
    const { values } = await save(url);
    expect(values.at(-1)).toMatchObject({ type: 'saved', path: place.at(name) });
    expect(place.names()).toEqual([name]);
    expect(readFileSync(place.at(name), 'utf8')).toBe('content');
  });

  it('replaces nothing unless asked to, and says so before the body', async () => {
    disposition = 'attachment; filename=a.txt';
    writeFileSync(place.at('a.txt'), 'mine');
    expect((await save('/x')).error).toMatchObject({ kind: 'file', code: 'FILE_EEXIST' });
    expect(place.names()).toEqual(['a.txt']);
    expect(readFileSync(place.at('a.txt'), 'utf8')).toBe('mine');
    await save('/x', { overwrite: true });
    expect(readFileSync(place.at('a.txt'), 'utf8')).toBe('content');
  });

  it('falls back to the name of the caller, and refuses a directory that is none before anything is sent', async () => {
    disposition = undefined;
    expect((await save('/', {}, 'mine.bin')).values.at(-1)).toMatchObject({
      path: place.at('mine.bin'),
    });
    const before = server.exchanges.length;
    const client = createClient({ baseUrl: server.url });
    for (const [directory, code] of [
      [place.at('mine.bin'), 'FILE_ENOTDIR'],
      [place.at('nowhere'), 'FILE_ENOENT'],
    ] as const) {
      const { error } = await outcomeOf(downloadToFile(client.get('/x'), { directory }));
      expect(error).toMatchObject({ kind: 'file', code, path: directory });
    }
    expect(server.exchanges).toHaveLength(before);
  });
});
