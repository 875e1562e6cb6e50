import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Subject, firstValueFrom } from 'rxjs';
import { asText, createClient, recipeBody, retryTransient } from '../../src/index.js';
import { multipart } from '../../src/upload/multipart-body.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('a multipart body over a real socket', () => {
  let server: LoopbackServer;
  const client = createClient();

  beforeEach(async () => {
    server = await loopback(async (_request, _response, seen) => {
      await seen.body();
      return seen.n === 1 ? { status: 503 } : { json: true };
    });
  });
  afterEach(async () => {
    await server.stop();
  });

  it('streams a multipart body whose length is known (A25)', async () => {
    const form = new FormData();
    form.append('name', 'Ada "L"');
    form.append('file', new Blob(['x'.repeat(100_000)], { type: 'image/png' }), 'a"b\r\n.png');
    await firstValueFrom(
      client.post(server.url, form, { acceptStatus: () => true, decode: asText }),
    );
    const seen = await server.nextRequest();
    const boundary = /boundary=(.+)$/.exec(seen.headers['content-type'] ?? '')?.[1] ?? 'none';
    expect(seen.headers['content-length']).toBe(String(seen.received.byteLength));
    expect(seen.received.toString()).toBe(
      `--${boundary}\r\nContent-Disposition: form-data; name="name"\r\n\r\nAda "L"\r\n` +
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a%22b%0D%0A.png"\r\nContent-Type: image/png\r\n\r\n${'x'.repeat(100_000)}\r\n--${boundary}--\r\n`,
    );
  });

  it('of recipes carries its length when every part knows its own, and is sent whole with the same boundary again (A19, A25)', async () => {
    let opened = 0;
    async function* film(): AsyncGenerator<Uint8Array> {
      opened += 1;
      for (const piece of ['fi', 'lm']) yield await Promise.resolve(text(piece));
    }
    const body = multipart([
      { name: 'title', value: 'Playtime' },
      { name: 'film', value: recipeBody(film, { length: 4, contentType: 'video/mp4' }) },
    ]);
    await firstValueFrom(
      client.post(server.url, body).pipe(retryTransient({ unsafe: true, baseDelayMs: 0 })),
    );
    const [first, second] = server.requests;
    expect([
      opened,
      first?.received.equals(second?.received ?? Buffer.of()),
      first?.headers['content-type'] === second?.headers['content-type'],
    ]).toEqual([2, true, true]);
    expect([first?.headers['content-length'], first?.headers['transfer-encoding']]).toEqual([
      String(first?.received.byteLength),
      undefined,
    ]);
    const { received, headers } = await server.request(2);
    const form = await new Response(new Uint8Array(received), {
      headers: { 'content-type': headers['content-type'] ?? '' },
    }).formData();
    expect([...form]).toEqual([
      ['title', 'Playtime'],
      ['film', 'film'],
    ]);
  });

  it('goes chunked when a part does not know its length, and each part as it comes (A5)', async () => {
    const more = new Subject<void>();
    async function* live(): AsyncGenerator<Uint8Array> {
      yield text('now');
      await firstValueFrom(more);
      yield text('later');
    }
    const answered = firstValueFrom(
      client.post(server.url, multipart([{ name: 'live', value: live }]), {
        acceptStatus: () => true,
        decode: asText,
      }),
    );
    const seen = await server.nextRequest();
    await server.until(() => seen.received.toString().endsWith('now'));
    expect([seen.headers['transfer-encoding'], seen.headers['content-length']]).toEqual([
      'chunked',
      undefined,
    ]);
    more.next();
    await answered;
    expect(seen.received.toString()).toContain('nowlater\r\n--');
  });
});
