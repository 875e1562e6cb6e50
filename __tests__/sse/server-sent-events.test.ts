import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Observable, firstValueFrom, from, lastValueFrom, toArray } from 'rxjs';
import { type TaskRequest, createClient, isTaskError } from '../../src/index.js';
import { answer } from '../../src/testing/index.js';
import { EventParser, type ServerSentEvent } from '../../src/sse/event-parser.js';
import { serverSentEvents } from '../../src/sse/server-sent-events.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()));

function cut(bytes: Uint8Array, ...at: number[]): Uint8Array[] {
  const marks = [0, ...[...at].sort((a, b) => a - b), bytes.byteLength];
  return marks.slice(1).map((end, index) => bytes.slice(marks[index], end));
}

/** The algorithm of WHATWG HTML section 9.2.6, step by step, on a whole text. */
function reference(text: string): {
  events: ServerSentEvent[];
  lastEventId: string;
  retries: number[];
} {
  const events: ServerSentEvent[] = [];
  const retries: number[] = [];
  let [data, type, idBuffer, lastEventId] = ['', '', '', ''];
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  lines.pop();
  for (const line of lines) {
    if (line === '') {
      lastEventId = idBuffer;
      if (data !== '')
        events.push({
          event: type === '' ? 'message' : type,
          data: data.slice(0, -1),
          lastEventId,
        });
      [data, type] = ['', ''];
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    else if (field === 'data') data += `${value}\n`;
    else if (field === 'id' && !value.includes('\0')) idBuffer = value;
    else if (field === 'retry' && /^[0-9]+$/.test(value)) retries.push(Number(value));
  }
  return { events, lastEventId, retries };
}

function parse(chunks: readonly Uint8Array[]): ReturnType<typeof reference> {
  const events: ServerSentEvent[] = [];
  const retries: number[] = [];
  const parser = new EventParser(
    { event: (event) => events.push(event), retry: (delayMs) => retries.push(delayMs) },
    { maxBytes: Infinity },
  );
  for (const chunk of chunks) parser.push(chunk);
  parser.finish();
  return { events, lastEventId: parser.lastEventId, retries };
}

const CASES: Readonly<Record<string, string>> = {
  'takes a byte order mark off, and only the first': '\uFEFFdata: 1\n\n\uFEFFdata: 2\n\n',
  'takes no second byte order mark off': '\uFEFF\uFEFFdata: 1\n\ndata: 2\n\n',
  'takes no byte order mark off that was encoded twice': 'ï»¿data: 1\n\ndata: 2\n\n',
  'ends a block behind comments, and begins one with them':
    ':\ndata: 1\n:c\n\n:d\r\n:e\rid: 4\n:\n\ndata: 2\n: \n\n',
  'passes over comments': ': hello\ndata: 1\n:\n\n:\n\n',
  'joins several data lines by LF': 'data: a\ndata: b\ndata\ndata:\n\n',
  'takes one space off a value and no more': 'data:  two\ndata:none\n\n',
  'dispatches an event whose data is one empty line': 'data\n\ndata:\n\n',
  'dispatches nothing without data, and forgets its name': 'event: x\n\ndata: 1\n\n',
  'keeps an id over events': 'id: 7\ndata: 1\n\ndata: 2\n\n',
  'counts an id that comes without data': 'data: 1\n\nid: 9\n\ndata: 2\n\nid: 10\n\n',
  'takes an empty id as an id': 'id: 1\ndata: a\n\nid\ndata: b\n\n',
  'ignores an id with NUL': 'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n',
  'ends lines at CR alone': 'data: 1\r\rdata: 2\r\r',
  'ends lines at CRLF': 'id: 1\r\ndata: 1\r\n\r\nevent: e\r\ndata: 2\r\n\r\n',
  'ends lines at any mixture': 'data: 1\r\n\ndata: 2\n\r\ndata: 3\r\n\rdata: 4\n\n',
  'reads retry with digits only': 'retry: 1000\nretry: 1e3\nretry: -5\nretry:\nretry: 20\n\n',
  'drops an event that the end cuts short': 'data: 1\n\ndata: 2\n',
  'drops an id whose block did not end': 'id: 1\ndata: 1\n\nid: 2\n',
  'ignores unknown fields, and names are told by case': 'Data: x\nidle: 3\nfoo\ndata: 1\n\n',
  'keeps characters beyond ASCII': 'id: ü–😀\nevent: größe\ndata: 😀é\n\n',
};

describe('serverSentEvents (B14)', () => {
  for (const [name, text] of Object.entries(CASES)) {
    it(`${name}, cut at every place`, () => {
      const bytes = bytesOf(text);
      const wanted = reference(text);
      for (let at = 0; at <= bytes.byteLength; at++) expect(parse(cut(bytes, at))).toEqual(wanted);
      expect(parse([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(wanted);
    });
  }

  it('does what the standard says with any stream cut anywhere', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'data: x',
        'data',
        'data:',
        'data:  y',
        'id: 1',
        'id: 22',
        'id',
        'id:',
        'id: a\0',
        'event: tick',
        'event',
        'retry: 12',
        'retry: x',
        ': note',
        ':',
        'idle',
        'ided: 4',
        'x: y',
        '',
        '',
        '',
      ),
      fc.string({ maxLength: 6 }).map((text) => text.replace(/[\r\n\uFEFF]/g, '')),
    );
    const stream = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')))
      .map((lines) => lines.map((pair) => pair.join('')).join(''));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(300), { maxLength: 6 }), (text, marks) => {
        const bytes = bytesOf(text);
        expect(parse(cut(bytes, ...marks.filter((mark) => mark <= bytes.byteLength)))).toEqual(
          reference(text),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('reaches no bound by comments, cut anywhere, that keep a line alive for months', () => {
    for (const step of [1, 7, 64]) {
      const events: string[] = [];
      const parser = new EventParser(
        { event: ({ data }) => events.push(data), retry: () => undefined },
        { maxBytes: 100 },
      );
      const text = bytesOf(
        `data: a\n${': ping\r\n'.repeat(400)}\n${':'.repeat(3000)}\ndata: b\n\n`,
      );
      for (let at = 0; at < text.byteLength; at += step) parser.push(text.subarray(at, at + step));
      expect(events).toEqual(['a', 'b']);
    }
  });

  it('counts bytes, not characters', async () => {
    for (const chunks of [
      [`data: ${'é'.repeat(490)}`],
      [`data: ${'é'.repeat(490)}\n\n`],
      ['data: ', 'é'.repeat(300), 'é'.repeat(190)],
    ]) {
      const read = (maxBytes: number): Promise<unknown> =>
        lastValueFrom(from(chunks.map(bytesOf)).pipe(serverSentEvents({ maxBytes })), {
          defaultValue: undefined,
        }).catch((cause: unknown) => cause);
      expect([
        isTaskError(await read(979), 'limit'),
        isTaskError(await read(1000), 'limit'),
      ]).toEqual([true, false]);
    }
  });

  it('asks for an event stream behind a task that asks for nothing else, and speaks of its request (B14)', async () => {
    const accepted: (string | undefined)[] = [];
    const make = (request: TaskRequest) => (
      accepted.push(request.headers.get('accept')),
      answer.text(200, `data: ${'x'.repeat(50)}\n\n`)
    );
    const client = createClient({ factory: { make } });
    const event = await firstValueFrom(client.get('http://t/feed').bytes.pipe(serverSentEvents()));
    const error = await lastValueFrom(
      client
        .get('http://t/feed', { headers: { Accept: '*/*' } })
        .bytes.pipe(serverSentEvents({ maxBytes: 9 })),
    ).catch((cause: unknown) => cause);
    expect([
      event.data.length,
      accepted,
      isTaskError(error, 'limit') && error.request?.url,
    ]).toEqual([50, ['text/event-stream', '*/*'], 'http://t/feed']);
  });

  it('is an operator on bytes', async () => {
    expect(await all(from([bytesOf('id: 1\ndata: a\n\n')]).pipe(serverSentEvents()))).toEqual([
      { event: 'message', data: 'a', lastEventId: '1' },
    ]);
  });

  it('dispatches at the blank line, before the next chunk comes', () => {
    const events: string[] = [];
    const parser = new EventParser(
      { event: ({ data }) => events.push(data), retry: () => undefined },
      { maxBytes: Infinity },
    );
    for (const chunk of ['data: 1\r', '\r']) parser.push(bytesOf(chunk));
    expect(events).toEqual(['1']);
  });

  it('keeps an event whole that comes in a thousand pieces, up to its bound in bytes', () => {
    const text = `é${'0123456789'.repeat(500)}`;
    const size = new TextEncoder().encode(`data: ${text}\n`).byteLength;
    const read = (maxBytes: number): string[] => {
      const events: string[] = [];
      const sink = { event: ({ data }: ServerSentEvent) => events.push(data), retry: () => 0 };
      const parser = new EventParser(sink, { maxBytes });
      const bytes = bytesOf(`data: ${text}\n\n`);
      for (let at = 0; at < bytes.byteLength; at += 5) parser.push(bytes.subarray(at, at + 5));
      return events;
    };
    expect(read(size)).toEqual([text]);
    expect(() => read(size - 100)).toThrow(/longer than/);
  });

  it('takes what is pushed while an event is handed on, behind that event', () => {
    const seen: string[] = [];
    const parser: EventParser = new EventParser(
      {
        event: ({ data, lastEventId }) => {
          seen.push(`${data} ${lastEventId}`);
          if (data === 'a') parser.push(bytesOf('data: c\n\n'));
        },
        retry: () => undefined,
      },
      { maxBytes: 1000 },
    );
    parser.push(bytesOf('id: 1\ndata: a\n\nid: 2\nevent: x\ndata: b\n\n'));
    expect(seen).toEqual(['a 1', 'b 2', 'c 2']);
  });

  it('fails with a limit error beyond the bound, in one line or in many', async () => {
    for (const text of [
      `data: ${'x'.repeat(2000)}`,
      'data: xxxxxxxxxx\n'.repeat(200),
      `data: ${'x'.repeat(2000)}\n\n`,
    ]) {
      const error = await lastValueFrom(
        from(cut(bytesOf(text), 100, 600, 1400)).pipe(serverSentEvents({ maxBytes: 1000 })),
      ).catch((cause: unknown) => cause);
      expect(isTaskError(error, 'limit') && [error.which, error.maxBytes]).toEqual(['event', 1000]);
    }
  });
});
