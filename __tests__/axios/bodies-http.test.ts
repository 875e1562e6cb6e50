import { afterEach, describe, expect, it } from '@jest/globals';
import { Observable, Subject, firstValueFrom } from 'rxjs';
import { asBytes, createClient } from 'coldwire';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';

let server: FaultServer;
const serve = async (script?: Script): Promise<string> => (server = await faultServer(script)).url;
afterEach(() => server.stop());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a body over http', () => {
  const client = createClient();

  it('B5: may be open while the answer to it arrives', async () => {
    const url = await serve(async (exchange) => {
      await exchange.head(200, { 'transfer-encoding': 'chunked' });
      for (let n = 0; n < 3; n++)
        await exchange.chunk(`seen ${String((await exchange.readSome()).length > 0)};`);
      await exchange.lastChunk();
      exchange.keepAlive();
    });
    const out = new Subject<Uint8Array>();
    const heard: string[] = [];
    const done = new Promise<void>((resolve, reject) => {
      client
        .post(url, () => out)
        .events.subscribe({
          next: (event) => {
            if (event.type !== 'chunk') return;
            heard.push(String(Buffer.from(event.bytes)));
            if (heard.length < 3) out.next(bytes('more'));
          },
          error: reject,
          complete: resolve,
        });
    });
    await server.next();
    out.next(bytes('first'));
    await done;
    expect(heard.join('')).toBe('seen true;seen true;seen true;');
    expect(out.observed).toBe(false);
  });

  it('of a DELETE or GET-like method with unknown length is framed, and no request of its own', async () => {
    const url = await serve(async (exchange) =>
      exchange.respond(200, {}, JSON.stringify(String(await exchange.readBody()))),
    );
    const sly = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(
      await firstValueFrom(
        client.delete(url, {
          body: () =>
            new Observable<Uint8Array>((subscriber) => {
              subscriber.next(bytes(sly));
              subscriber.complete();
            }),
        }),
      ),
    ).toBe(sly);
    expect(server.exchanges.map(({ request }) => request.method)).toEqual(['DELETE']);
  });

  it('keeps a boundary that the caller named', async () => {
    const url = await serve(async (exchange) => {
      const body = String(await exchange.readBody());
      await exchange.respond(
        200,
        {},
        JSON.stringify([exchange.request.headers['content-type'], body.split('\r\n')[0]]),
      );
    });
    const form = new FormData();
    form.append('a', 'b');
    const named = 'multipart/form-data; boundary=mine';
    expect(
      await firstValueFrom(client.post(url, form, { headers: { 'Content-Type': named } })),
    ).toEqual([named, '--mine']);
    const [type, first] = (await firstValueFrom(
      client.post<string[]>(url, form, { headers: { 'Content-Type': 'multipart/form-data' } }),
    )) as [string, string];
    expect(`--${type.split('boundary=')[1] ?? ''}`).toBe(first);
  });

  it('that is sent back is byte for byte the one that was sent, at sizes around every buffer', async () => {
    const url = await serve(async (exchange) =>
      exchange.respond(200, {}, await exchange.readBody()),
    );
    for (const size of [0, 1, 16_383, 16_384, 65_535, 65_536, 65_537, 300_001]) {
      const body = Uint8Array.from({ length: size }, (_, at) => (at * 31) % 256);
      const back = await firstValueFrom(client.post(url, body, { decode: asBytes }));
      expect(Buffer.compare(back, body)).toBe(0);
      const streamed = await firstValueFrom(
        client.post(url, new Blob([body]), { decode: asBytes }),
      );
      expect(Buffer.compare(streamed, body)).toBe(0);
    }
  });
});
