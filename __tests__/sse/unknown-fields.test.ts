import { expect, it, jest } from '@jest/globals';
import type { ServerSentEvent } from '../../src/sse/event-parser.js';

let errors = 0;
const { createParser } = await import('eventsource-parser');
jest.unstable_mockModule('eventsource-parser', () => ({
  createParser: (callbacks: Parameters<typeof createParser>[0]) =>
    createParser({
      ...callbacks,
      onError: (error) => {
        errors += 1;
        callbacks.onError?.(error);
      },
    }),
}));
const { EventParser } = await import('../../src/sse/event-parser.js');

function read(text: string, chunk: number) {
  const [events, delays]: [ServerSentEvent[], number[]] = [[], []];
  const sink = {
    event: (event: ServerSentEvent) => events.push(event),
    retry: (delayMs: number) => delays.push(delayMs),
  };
  const parser = new EventParser(sink, { maxBytes: Infinity });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += chunk) parser.push(bytes.subarray(at, at + chunk));
  parser.finish();
  return { events, delays };
}

it.each([65_536, 1_000_000])(
  'makes no error of each of a million bytes of lines that mean nothing, in chunks of %i (CVE-2021-3749)',
  (chunk) => {
    errors = 0;
    const noise = 'x\nretry:x\ndataa: 1\n \n'.repeat(45_000);
    const { events, delays } = read(
      `${noise}id: 1\ndata: a\u2028b\ndata\nretry: 7\n${noise}event:e\ndata:c\n\n${noise}retry:8\n`,
      chunk,
    );
    const data = 'a\u2028b\n\nc';
    expect([events, delays]).toEqual([[{ event: 'e', data, lastEventId: '1' }], [7, 8]]);
    expect(errors).toBeLessThan(20_000);
  },
);
