import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'coldwire';
import { loopback, type LoopbackServer } from '../../support/loopback.js';
import { everywhere, factories } from '../factories.js';
import { errorOf, outcomeOf } from '../outcome.js';

describe.each(everywhere)('a multipart body, over %s', (way) => {
  const client = createClient({ factory: factories[way]() });
  let server: LoopbackServer;
  beforeEach(async () => {
    server = await loopback();
  });
  afterEach(() => server.stop());

  const sent = async (form: FormData): Promise<{ boundary: string; body: string }> => {
    const { error } = await outcomeOf(client.post(server.url, form));
    if (error !== undefined) throw error;
    const seen = server.requests.at(-1);
    const body = (await seen?.body())?.toString('latin1') ?? '';
    return {
      boundary: /boundary=(.+)$/.exec(seen?.headers['content-type'] ?? '')?.[1] ?? '',
      body,
    };
  };

  it('has a boundary that cannot be guessed: new for each, and not of Math.random (CVE-2025-7783, undici CVE-2025-22150)', async () => {
    const original = Math.random;
    Math.random = (): number => 0.5;
    try {
      const boundaries = new Set<string>();
      for (let i = 0; i < 20; i++) {
        const form = new FormData();
        form.append('a', 'b');
        boundaries.add((await sent(form)).boundary);
      }
      expect(boundaries.size).toBe(20);
      for (const boundary of boundaries) expect(boundary.length).toBeGreaterThanOrEqual(16);
    } finally {
      Math.random = original;
    }
  });

  it('escapes quotes and line ends in the names of fields and files (CVE-2026-12143, GHSA-hmw2-7cc7-3qxx)', async () => {
    const form = new FormData();
    form.append('na"me\r\nX-Evil: 1', 'value');
    form.append('file', new Blob(['x']), 'na"me\r\nX-Evil: 1.txt');
    const { body } = await sent(form);
    expect(body).not.toMatch(/^X-Evil/m);
    expect(body).toContain('name="na%22me%0D%0AX-Evil: 1"');
    expect(body).toContain('filename="na%22me%0D%0AX-Evil: 1.txt"');
  });

  it('cannot be split by the media type of a part (CVE-2026-42037)', async () => {
    const form = new FormData();
    const blob = new Blob(['x'], { type: 'text/plain\r\nX-Evil: 1' });
    Object.defineProperty(blob, 'type', { value: 'text/plain\r\nX-Evil: 1' });
    form.append('file', blob, 'a.txt');
    let body = '';
    try {
      ({ body } = await sent(form));
    } catch (error) {
      expect(error).toMatchObject({ kind: 'request' });
    }
    expect(body).not.toMatch(/^X-Evil/m);
  });

  it('carries each part with its length and in order', async () => {
    const form = new FormData();
    form.append('a', 'one');
    form.append('b', new Blob(['two'], { type: 'image/png' }), 'b.png');
    const { boundary, body } = await sent(form);
    expect(body.split(`--${boundary}`).map((part) => part.trim())).toEqual([
      '',
      'Content-Disposition: form-data; name="a"\r\n\r\none',
      expect.stringMatching(
        /^Content-Disposition: form-data; name="b"; filename="b.png"\r\nContent-Type: image\/png\r\n\r\ntwo$/,
      ),
      '--',
    ]);
    const length = server.requests[0]?.headers['content-length'];
    expect(length).toBe(way === 'fetch' ? undefined : String(body.length));
  });
});

describe('a deep value', () => {
  const deep = (levels: number): object => {
    let value: object = {};
    for (let i = 0; i < levels; i++) value = { a: value };
    return value;
  };

  const isWritable = (value: object): boolean => {
    try {
      JSON.stringify(value);
      return true;
    } catch {
      return false;
    }
  };

  it('as a query is refused with a typed error, not by the end of the stack (CVE-2026-42039, CVE-2026-67312, CVE-2026-67313)', async () => {
    expect(
      await errorOf(createClient().get('http://a.test', { params: deep(100_000) as never })),
    ).toMatchObject({ kind: 'request' });
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(
      await errorOf(createClient().get('http://a.test', { params: circle as never })),
    ).toMatchObject({ kind: 'request' });
  });

  it('as a JSON body is refused with a typed error (CVE-2026-67321)', async () => {
    const value = deep(1_000_000);
    // Newer engines write it whole: then it is sent, to a host that does not exist.
    expect(await errorOf(createClient().post('http://a.invalid', value))).toMatchObject(
      isWritable(value) ? { kind: 'network' } : { kind: 'request', field: 'body' },
    );
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(await errorOf(createClient().post('http://a.test', circle))).toMatchObject({
      kind: 'request',
      field: 'body',
    });
  });

  it('in an answer is a value or a decode error (CVE-2026-67321)', async () => {
    const server = await loopback(() => ({ body: '['.repeat(200_000) + ']'.repeat(200_000) }));
    const { error } = await outcomeOf(createClient().get(server.url));
    if (error !== undefined) expect(error).toMatchObject({ kind: 'decode' });
    await server.stop();
  });
});
