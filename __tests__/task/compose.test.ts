import { describe, expect, it } from '@jest/globals';
import { Observable, defer, of } from 'rxjs';
import { type Interceptor, type TaskEvent, TaskRequest, compose } from '../../src/index.js';
import { tell } from '../testing/told.js';

const request = new TaskRequest({ url: 'http://h/' });
const last = (asked: TaskRequest): Observable<TaskEvent> =>
  of({ type: 'sent', attempt: asked.attempt });

describe('compose', () => {
  it('puts the first interceptor outermost, and runs none before it is subscribed', () => {
    const ran: string[] = [];
    const named =
      (name: string): Interceptor =>
      (asked, next) => {
        ran.push(name);
        return next(asked.clone({ attempt: asked.attempt * 2 + ran.length }));
      };
    const chain = compose([named('a'), named('b')], last)(request);
    expect(ran).toEqual([]);
    expect(tell(chain).lines).toEqual(['sent 8', 'complete']);
    expect(ran).toEqual(['a', 'b']);
  });

  it('of nothing is the last handler', () => {
    expect(compose([], last)).toBe(last);
  });

  it('hands on what an interceptor throws as it is: a bug is no task error', () => {
    const bug = new TypeError('mine');
    const errors: unknown[] = [];
    compose(
      [
        () => {
          throw bug;
        },
      ],
      last,
    )(request).subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual([bug]);
  });

  it.each([undefined, null, 1, {}, Promise.resolve()])(
    'names the interceptor that returned %p',
    (returned) => {
      const forgetful: Interceptor = () => returned as never;
      const errors: unknown[] = [];
      compose(
        [forgetful],
        last,
      )(request).subscribe({ error: (error: unknown) => errors.push(error) });
      expect(errors).toEqual([
        expect.objectContaining({
          kind: 'request',
          code: 'INVALID_INTERCEPTOR',
          field: 'interceptors',
          message: expect.stringContaining('the interceptor forgetful returned'),
        }),
      ]);
    },
  );

  it('runs an interceptor anew when the one to its left subscribes again', () => {
    const ran: string[] = [];
    const twice: Interceptor = (asked, next) =>
      new Observable((subscriber) => {
        const one = next(asked);
        one.subscribe();
        one.subscribe(subscriber);
      });
    const right: Interceptor = (asked, next) => (ran.push('right'), next(asked));
    tell(compose([twice, right], (asked) => defer(() => (ran.push('last'), last(asked))))(request));
    expect(ran).toEqual(['right', 'last', 'right', 'last']);
  });
});
