import { describe, expect, it } from '@jest/globals';
import { Observable, of, throwError, toArray } from 'rxjs';
import { asResult, catchKind, createClient, isTaskError, taskError } from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';

const timeout = taskError('timeout', { phase: 'idle', afterMs: 20 });
const network = taskError('network', { sent: false });

function outcome(source: Observable<unknown>): unknown[] {
  const seen: unknown[] = [];
  source.subscribe({
    next: (value) => seen.push(value),
    error: (error: unknown) => seen.push(isTaskError(error) ? error.kind : error),
    complete: () => seen.push('complete'),
  });
  return seen;
}

describe('catchKind', () => {
  it('handles its kind, with the fields of the kind', () => {
    const told = throwError(() => timeout).pipe(
      catchKind('timeout', (error) => of(error.phase, error.afterMs)),
    );
    expect(outcome(told)).toEqual(['idle', 20, 'complete']);
  });

  it('handles each of several kinds, and lets every other error pass, bugs too', () => {
    const bug = new RangeError('bug');
    const handled = (error: unknown): unknown[] =>
      outcome(
        throwError(() => error).pipe(catchKind(['timeout', 'network'], ({ kind }) => [kind])),
      );
    expect(handled(timeout)).toEqual(['timeout', 'complete']);
    expect(handled(network)).toEqual(['network', 'complete']);
    expect(handled(taskError('aborted', { reason: 1 }))).toEqual(['aborted']);
    expect(handled(bug)).toEqual([bug]);
  });

  it('may throw, and may subscribe to the source again', () => {
    const bug = new RangeError('bug');
    const throwing = throwError(() => timeout).pipe(
      catchKind('timeout', () => {
        throw bug;
      }),
    );
    expect(outcome(throwing)).toEqual([bug]);
    let subscribed = 0;
    const source = new Observable<number>((subscriber) => {
      if (++subscribed === 1) subscriber.error(timeout);
      else subscriber.next(subscribed);
    });
    expect(outcome(source.pipe(catchKind('timeout', (_error, caught) => caught)))).toEqual([2]);
  });

  it('knows the error of another copy of coldwire by its brand', () => {
    const foreign = Object.assign(new Error('from another copy'), { kind: 'timeout' });
    Object.defineProperty(foreign, Symbol.for('coldwire.TaskError'), { value: true });
    expect(outcome(throwError(() => foreign).pipe(catchKind('timeout', () => of(1))))).toEqual([
      1,
      'complete',
    ]);
  });

  it.each([
    ['kinds', 'http', () => of(1)],
    ['kinds', ['timeout', 'toString'], () => of(1)],
    ['handler', 'timeout', undefined],
  ])('names the argument that is wrong at creation: %s', (field, kinds, handler) => {
    expect(() => catchKind(kinds as never, handler as never)).toThrow(
      expect.objectContaining({ kind: 'request', field }),
    );
  });
});

describe('asResult (C3)', () => {
  const client = createClient({
    baseUrl: 'https://api.test',
    factory: fakeFactory({ '/ok': answer.json(200, { a: 1 }), '/no': answer.status(404) }),
  });

  it('makes a value of a value', () => {
    expect(outcome(client.get('/ok').pipe(asResult()))).toEqual([
      { ok: true, value: { a: 1 } },
      'complete',
    ]);
  });

  it('makes a value of a failure, and completes', () => {
    const [result, end] = outcome(client.get('/no').pipe(asResult()));
    expect(result).toMatchObject({ ok: false, error: { kind: 'status', code: 'STATUS_404' } });
    expect(end).toBe('complete');
  });

  it('keeps the values before a failure', () => {
    const source = new Observable<number>((subscriber) => {
      subscriber.next(1);
      subscriber.error(network);
    });
    expect(outcome(source.pipe(asResult(), toArray()))).toEqual([
      [
        { ok: true, value: 1 },
        { ok: false, error: network },
      ],
      'complete',
    ]);
  });

  it('lets a bug pass', () => {
    const bug = new RangeError('bug');
    expect(outcome(throwError(() => bug).pipe(asResult()))).toEqual([bug]);
  });

  it('is cold, and leaves with its subscriber', () => {
    let left = 0;
    const source = new Observable<number>(() => () => left++);
    const subscription = source.pipe(asResult()).subscribe();
    subscription.unsubscribe();
    expect(left).toBe(1);
  });
});
