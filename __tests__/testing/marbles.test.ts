import { describe, expect, it } from '@jest/globals';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { createClient } from '../../src/index.js';
import { answer, marbleEvents } from '../../src/testing/index.js';
import { tell } from './told.js';

const run = (test: (helpers: RunHelpers) => void): void => {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);
};
const client = (make: () => ReturnType<typeof answer.hang>) =>
  createClient({ baseUrl: 'http://t', factory: { make } });

describe('answers in marbles', () => {
  it('put each event where the diagram has it', () => {
    run(({ expectObservable }) => {
      expectObservable(client(() => answer.marbles('s-h-c-|', { c: '"hi"' })).get('/')).toBe(
        '------(v|)',
        { v: 'hi' },
      );
    });
  });

  it('know time in words, whenever they were made', () => {
    const early = answer.marbles('s 60s h c|', { c: '1' });
    run(({ expectObservable }) => {
      expectObservable(client(() => early).get('/')).toBe('60s ---(v|)', { v: 1 });
    });
  });

  it('break off with the error given', () => {
    const cause = new Error('boom');
    run(({ expectObservable }) => {
      expectObservable(client(() => answer.marbles('s-h-#', {}, { error: cause })).get('/')).toBe(
        '----#',
        {},
        expect.objectContaining({ kind: 'network', cause }),
      );
    });
  });

  it('take a status, text, bytes or an event for a letter', () => {
    run(({ flush }) => {
      const { lines } = tell(
        answer.marbles('shtbu|', {
          h: 503,
          t: 'text',
          b: new Uint8Array([66]),
          u: { type: 'upload', loaded: 3, total: 9 },
        }),
      );
      flush();
      expect(lines).toEqual([
        'sent 1',
        'head 503',
        'chunk text',
        'chunk B',
        'upload 3/9',
        'complete',
      ]);
    });
  });

  it('end in the frame of the cancellation', () => {
    run(({ expectObservable, expectSubscriptions, cold }) => {
      const exchange = cold('s-h-c-|', marbleEvents());
      expectObservable(client(() => exchange).get('/'), '^--!').toBe('----');
      expectSubscriptions(exchange.subscriptions).toBe('^--!');
    });
  });

  it('refuse a letter without an event, when they are made', () => {
    expect(() => answer.marbles('s-x-|')).toThrow('no event for the letter x');
    expect(() => answer.marbles('s 1.5s (hc)--|')).not.toThrow();
  });
});
