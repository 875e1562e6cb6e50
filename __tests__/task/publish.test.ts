import { describe, expect, it } from '@jest/globals';
import { Observable, of, throwError } from 'rxjs';
import fc from 'fast-check';
import {
  type DataTaskPublisherFactory,
  HeaderFields,
  type TaskError,
  type TaskEvent,
  TaskRequest,
  createClient,
  isTaskError,
  taskError,
} from '../../src/index.js';
import { publish } from '../../src/task/publish.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

const request = new TaskRequest({
  url: 'http://h/x',
  headers: HeaderFields.from({ authorization: 'Bearer hush-hush' }),
  attempt: 3,
});
const errorOf = (factory: DataTaskPublisherFactory): unknown => {
  let error: unknown;
  publish(factory)(request).subscribe({ error: (thrown: unknown) => (error = thrown) });
  return error;
};

describe('the seam to the factory', () => {
  it('makes an error of the union of any value that the factory throws or fails with, the value in cause (D5, C12)', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.string().map((message) => new Error(message)),
      fc
        .string()
        .map((message) => Object.assign(new Error(message), { code: message, kind: 'status' })),
    );
    fc.assert(
      fc.property(anything, (cause) => {
        const thrown = errorOf({
          make: () => {
            throw cause;
          },
        });
        const failed = errorOf({ make: () => throwError(() => cause) });
        const late = errorOf({
          make: () =>
            new Observable((subscriber) => {
              subscriber.next({ type: 'sent', attempt: 1 });
              throw cause;
            }),
        });
        for (const error of [thrown, failed, late]) {
          expect(isTaskError(error, 'network')).toBe(true);
          expect((error as TaskError).cause).toBe(cause);
          expect(error).toMatchObject({
            code: 'NETWORK_FAILED',
            sent: true,
            request: { url: 'http://h/x' },
          });
          expect(() => JSON.stringify(error)).not.toThrow();
        }
      }),
    );
  });

  it('does so for values that cannot even be looked at (D5)', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const sulky = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    for (const cause of [
      proxy,
      sulky,
      Object.assign(new Error('x'), { message: Symbol('s') }),
      Object.create(null),
    ]) {
      const error = errorOf({
        make: () => {
          throw cause;
        },
      });
      expect(isTaskError(error, 'network') && error.cause === cause).toBe(true);
    }
  });

  it('hands on an error of the union, with its request', () => {
    const refused = taskError(
      'network',
      { sent: false },
      { code: 'CONNECTION_REFUSED', message: 'refused' },
    );
    expect(errorOf({ make: () => throwError(() => refused) })).toMatchObject({
      code: 'CONNECTION_REFUSED',
      sent: false,
      request: { url: 'http://h/x' },
    });
    const whole = taskError('network', { sent: false }, { request });
    expect(errorOf({ make: () => throwError(() => whole) })).toBe(whole);
  });

  it('masks the request’s credentials in the message of what the factory threw', () => {
    expect(
      (errorOf({ make: () => throwError(() => new Error('Bearer hush-hush refused')) }) as Error)
        .message,
    ).not.toContain('hush');
  });

  it.each([undefined, null, 5, 'text', {}, Promise.resolve(), []])(
    'makes a request error of a make that returns %p',
    (returned) => {
      expect(errorOf({ make: () => returned as never })).toMatchObject({
        kind: 'request',
        code: 'INVALID_FACTORY',
        field: 'factory',
      });
    },
  );

  it('tells the attempt and the URL to a publisher that does not know its request', () => {
    const events: TaskEvent[] = [];
    publish({ make: () => answer.json(200, 1) })(request).subscribe((event) => events.push(event));
    expect(events.slice(0, 2)).toEqual([
      { type: 'sent', attempt: 3 },
      { type: 'head', head: expect.objectContaining({ url: 'http://h/x' }) },
    ]);
  });

  it.each([
    ['data:text/plain,hi', 'URL_SCHEME'],
    ['da\tta:text/plain,hi', 'URL_SCHEME'],
    ['file:///etc/passwd', 'URL_SCHEME'],
    ['ftp://h/', 'URL_SCHEME'],
    ['blob:http://h/1', 'URL_SCHEME'],
    ['http://user:hush@h/', 'URL_HAS_CREDENTIALS'],
    ['http:\\\\user:hush@h', 'URL_HAS_CREDENTIALS'],
    ['https:user:hush@h', 'URL_HAS_CREDENTIALS'],
    ['/relative', 'INVALID_URL'],
    ['', 'INVALID_URL'],
  ])('asks nobody for %j, whoever made the request or changed it (B1)', (url, code) => {
    const fake = fakeFactory(() => answer.json(200, 1));
    const client = createClient({ factory: fake });
    const moved = client.with((asked, next) => next(asked.clone({ url })));
    const errors: unknown[] = [];
    for (const task of [client.request(new TaskRequest({ url })), moved.get('http://h/')])
      task.subscribe({ error: (error: unknown) => errors.push(error) });
    const refused = expect.objectContaining({ kind: 'request', field: 'url', code });
    expect([errors, fake.subscribed]).toEqual([[refused, refused], 0]);
    expect(errors.map(String).join()).not.toContain('hush');
  });

  it.each(['http://h', 'https://h/a?b=c@d', 'http://[::1]:80/', 'http://h?a', 'HTTP://h/'])(
    'asks for %s',
    (url) => {
      const fake = fakeFactory(() => answer.json(200, 1));
      tell(createClient({ factory: fake }).request(new TaskRequest({ url })));
      expect(fake.subscribed).toBe(1);
    },
  );

  it('makes nothing for a subscriber that has left already', () => {
    let made = 0;
    const controller = new AbortController();
    const client = createClient({
      factory: { make: () => (made++, answer.json(200, 1)) },
      interceptors: [
        (asked, next) => {
          controller.abort('gone');
          return next(asked);
        },
        (asked, next) => {
          made++;
          return next(asked);
        },
      ],
    });
    expect(tell(client.get('http://h/', { signal: controller.signal })).lines).toEqual([
      'error aborted ABORTED',
    ]);
    expect(made).toBe(0);
  });

  it('takes an Observable of another copy of RxJS for one', () => {
    const foreign = {
      lift: () => undefined,
      subscribe: (observer: { next(event: TaskEvent): void; complete(): void }) =>
        of<TaskEvent>({ type: 'sent', attempt: 3 }).subscribe(observer),
    };
    expect(tell(publish({ make: () => foreign as never })(request)).lines).toEqual([
      'sent 3',
      'error network NO_RESPONSE',
    ]);
  });
});
