import { describe, expect, it } from '@jest/globals';
import { type Observable, Subscriber, of } from 'rxjs';
import { FlowGate } from '../../src/http/flow.js';
import { HeaderFields, type TaskEvent } from '../../src/index.js';
import { HeldHeadStage } from '../../src/task/held-head-stage.js';

const head = (status: number): TaskEvent => ({
  type: 'head',
  head: { status, statusText: '', headers: HeaderFields.empty, url: 'http://a.test/' },
});
const chunk = (byte: number): TaskEvent => ({ type: 'chunk', bytes: Uint8Array.of(byte) });
const nameOf = (event: TaskEvent): string =>
  event.type === 'head' ? String(event.head.status) : event.type;

describe('a head that is waited for', () => {
  const hear = (
    source: Observable<TaskEvent>,
    learn: (status: number) => Promise<void> | undefined,
  ) => {
    const heard: string[] = [];
    const gate = new FlowGate();
    const end = new Promise<void>((resolve) => {
      const subscriber = new Subscriber<TaskEvent>({
        next: (event) => heard.push(nameOf(event)),
        error: (error: unknown) => {
          heard.push(`error ${String(error)}`);
          resolve();
        },
        complete: () => {
          heard.push('complete');
          resolve();
        },
      });
      source.subscribe(
        new HeldHeadStage(subscriber, { learn: ({ status }) => learn(status) }, gate),
      );
    });
    return { heard, gate, end };
  };

  it('holds back what comes behind it, and the server, until it was learned from', async () => {
    const { heard, gate, end } = hear(of(head(200), chunk(1)), () => Promise.resolve());
    expect([heard, gate.paused]).toEqual([[], true]);
    await end;
    expect([heard, gate.paused]).toEqual([['200', 'chunk', 'complete'], false]);
  });

  it('waits for a second head that came meanwhile in its turn, and only then ends', async () => {
    const { heard, end } = hear(of(head(401), head(200), chunk(1)), () => Promise.resolve());
    await end;
    expect(heard).toEqual(['401', '200', 'chunk', 'complete']);
  });

  it('fails with what the learning failed with', async () => {
    const { heard, end } = hear(of(head(200)), () => Promise.reject(new Error('no place')));
    await end;
    expect(heard).toEqual(['error Error: no place']);
  });

  it('costs nothing where there is nothing to learn', () => {
    expect(hear(of(head(200), chunk(1)), () => undefined).heard).toEqual([
      '200',
      'chunk',
      'complete',
    ]);
  });
});
