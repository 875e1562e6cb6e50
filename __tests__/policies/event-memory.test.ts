import { describe, expect, it } from '@jest/globals';
import { HeaderFields, type TaskEvent, taskError } from '../../src/index.js';
import { EventMemory } from '../../src/policies/event-memory.js';

const sent = (attempt: number): TaskEvent => ({ type: 'sent', attempt });
const upload = (loaded: number): TaskEvent => ({ type: 'upload', loaded, total: 9 });
const download = (loaded: number): TaskEvent => ({ type: 'download', loaded, total: 9 });
const chunk = (size: number): TaskEvent => ({ type: 'chunk', bytes: new Uint8Array(size) });
const head: TaskEvent = {
  type: 'head',
  head: { status: 200, statusText: '', headers: HeaderFields.empty, url: '' },
};
const retrying: TaskEvent = {
  type: 'retrying',
  attempt: 2,
  delayMs: 5,
  cause: taskError('network', { sent: true }),
};

function told(maxBytes: number, events: readonly TaskEvent[]) {
  const memory = new EventMemory(maxBytes);
  for (const event of events) memory.add(event);
  return { isWhole: memory.isWhole, events: memory.events() };
}

describe('what a late comer is told', () => {
  it('is the latest progress of each kind, and every chunk, in the order of the grammar', () => {
    const events = [
      sent(1),
      upload(1),
      upload(9),
      head,
      download(1),
      chunk(1),
      chunk(2),
      download(3),
    ];
    expect(told(9, events).events).toEqual([
      sent(1),
      upload(9),
      head,
      chunk(1),
      chunk(2),
      download(3),
    ]);
  });

  it('is nothing of an answer that did not count: a retry is to come, or on its way', () => {
    const failed = [sent(1), head, chunk(1), download(1)];
    expect(told(9, [...failed, retrying]).events).toEqual([sent(1), retrying]);
    expect(told(9, [...failed, retrying, sent(2)]).events).toEqual([sent(2)]);
    expect(told(9, [...failed, sent(2), head, chunk(3)]).events).toEqual([sent(2), head, chunk(3)]);
  });

  it('is whole up to its bound, keeps nothing beyond it, and begins anew with an attempt', () => {
    const full = [sent(1), head, chunk(4), chunk(5)];
    expect(told(9, full).isWhole).toBe(true);
    expect(told(9, [...full, chunk(1)])).toEqual({ isWhole: false, events: [sent(1), head] });
    expect(told(9, [...full, chunk(1), sent(2)])).toEqual({ isWhole: true, events: [sent(2)] });
  });
});
