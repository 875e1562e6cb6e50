import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Utf8Stream } from '../../src/decode/utf8-stream.js';

describe('Utf8Stream', () => {
  it('decodes any bytes, valid or not, cut anywhere, as a TextDecoder does at once', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 4 }).map((text) => new TextEncoder().encode(text)),
      fc
        .constantFrom(
          [0xef, 0xbb, 0xbf],
          [0xef],
          [0xbb],
          [0xbf],
          [0xe2, 0x82],
          [0xac],
          [0xf0, 0x9f],
          [0x98, 0x80],
          [0xc3],
          [0xf4, 0x90],
          [0xed, 0xa0],
        )
        .map((values) => Uint8Array.from(values)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (chunks) => {
        const stream = new Utf8Stream();
        const text =
          chunks.map((chunk) => stream.decode(chunk)).join('') + stream.finish(new Uint8Array(0));
        expect(text).toBe(new TextDecoder().decode(Buffer.concat(chunks)));
      }),
      { numRuns: 3000 },
    );
  });
});
