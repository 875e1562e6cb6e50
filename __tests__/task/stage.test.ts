import { describe, expect, it } from '@jest/globals';
import { EMPTY, Observable, type Subscriber, of, take, throwError } from 'rxjs';
import { Stage } from '../../src/task/stage.js';
import { tell } from '../testing/told.js';

class Plain extends Stage<number, number> {
  protected onNext(value: number): void {
    this.downstream.next(value);
  }
}
const through = (
  source: Observable<number>,
  make: (subscriber: Subscriber<number>) => Stage<number, number>,
): Observable<number> =>
  new Observable((subscriber) => {
    source.subscribe(make(subscriber));
  });

describe('a stage', () => {
  it('hands on values, the end and the error', () => {
    expect(tell(through(of(1, 2), (s) => new Plain(s))).lines).toEqual(['1', '2', 'complete']);
    expect(
      tell(
        through(
          throwError(() => 'no'),
          (s) => new Plain(s),
        ),
      ).lines,
    ).toEqual(['error no']);
  });

  const careless: readonly (readonly [
    string,
    Observable<number>,
    (s: Subscriber<number>) => Stage<number, number>,
  ])[] = [
    [
      'a value',
      of(1),
      (s) =>
        new (class extends Plain {
          protected override onNext(): void {
            throw new Error('odd');
          }
        })(s),
    ],
    [
      'the end',
      EMPTY,
      (s) =>
        new (class extends Plain {
          protected override onComplete(): void {
            throw new Error('odd');
          }
        })(s),
    ],
    [
      'an error',
      throwError(() => 'no'),
      (s) =>
        new (class extends Plain {
          protected override onError(): void {
            throw new Error('odd');
          }
        })(s),
    ],
  ];
  it.each(careless)(
    'makes an error of what its code throws over %s, and never an exception of the source',
    (_what, source, make) => {
      let closed = false;
      const watched = new Observable<number>((subscriber) => {
        subscriber.add(() => (closed = true));
        return source.subscribe(subscriber);
      });
      expect(tell(through(watched, make)).lines).toEqual(['error Error: odd']);
      expect(closed).toBe(true);
    },
  );

  it('stops a synchronous burst when the one behind it leaves', () => {
    let sent = 0;
    const burst = new Observable<number>((subscriber) => {
      while (!subscriber.closed && sent < 100) subscriber.next(++sent);
    });
    const lines: number[] = [];
    through(burst, (s) => new Plain(s))
      .pipe(take(2))
      .subscribe((value) => lines.push(value));
    expect([lines, sent]).toEqual([[1, 2], 2]);
  });
});
