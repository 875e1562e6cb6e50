import { describe, expect, it } from '@jest/globals';
import { RETRY, isTaskError, retryBudget, retryTransient } from '../../src/index.js';
import { flaky, over } from './flaky.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

const refused = (make: () => unknown): unknown => {
  try {
    make();
  } catch (error) {
    return isTaskError(error, 'request') ? [error.field, error.message] : error;
  }
  return 'accepted';
};

const BAD: [string, unknown, string][] = [
  ['maxAttempts', 0, '0'],
  ['maxAttempts', -1, '-1'],
  ['maxAttempts', 1.5, '1.5'],
  ['maxAttempts', NaN, 'NaN'],
  ['maxAttempts', '3', '"3"'],
  ['baseDelayMs', -1, '-1'],
  ['baseDelayMs', NaN, 'NaN'],
  ['baseDelayMs', Infinity, 'Infinity'],
  ['maxDelayMs', -0.1, '-0.1'],
  ['maxDelayMs', '1s', '"1s"'],
  ['maxRetryAfterMs', -1, '-1'],
  ['maxRetryAfterMs', NaN, 'NaN'],
  ['methods', 'GET', '"GET"'],
  ['unsafe', 'yes', '"yes"'],
  ['statuses', 503, '503'],
  ['when', true, 'true'],
];

describe('the options of retryTransient', () => {
  it.each<[string, unknown, string]>([
    ...BAD,
    ['random', 0.5, '0.5'],
    ['scheduler', {}, 'an object'],
    ['budget', 3, '3'],
  ])('refuse %s: %p at creation, naming the field and the value', (name, value, shown) => {
    const [field, message] = refused(() => retryTransient({ [name]: value })) as [string, string];
    expect(field).toBe(`retry.${name}`);
    expect(message).toContain(`retry.${name}`);
    expect(message).toContain(`not ${shown}`);
  });

  it.each<[object, string]>([
    [{ statuses: [503, 42] }, 'retry.statuses[1]'],
    [{ methods: ['GET', 7] }, 'retry.methods[1]'],
    [{ budget: { ratio: -1 } }, 'retry.budget.ratio'],
    [{ budget: { ratio: NaN } }, 'retry.budget.ratio'],
    [{ budget: { minimum: 0.5 } }, 'retry.budget.minimum'],
    [{ budget: { limit: 1 } }, 'retry.budget.limit'],
    [{ attempts: 3 }, 'retry.attempts'],
    [{ retries: 3 }, 'retry.retries'],
  ])('refuse %j, naming %s', (options, field) => {
    expect(refused(() => retryTransient(options))).toEqual([field, expect.stringContaining(field)]);
  });

  it('refuse what is no object', () => {
    for (const nothing of [null, 3, 'often'])
      expect(refused(() => retryTransient(nothing as never))).toEqual([
        'retry',
        expect.any(String),
      ]);
  });

  it('are copied: what happens to the object afterwards changes nothing (A4)', () => {
    const options = { maxAttempts: 1 };
    const policy = retryTransient(options);
    options.maxAttempts = 9;
    const fake = flaky(503);
    transcribe(over(fake).get('/').pipe(policy));
    expect(fake.subscribed).toBe(1);
  });

  it('do not come from Object.prototype', () => {
    const names = ['maxAttempts', 'maxDelayMs', 'budget', 'ratio', 'when'];
    for (const name of names)
      Object.defineProperty(Object.prototype, name, { value: 1, configurable: true });
    try {
      inVirtualTime(({ flush }) => {
        const fakes = [{}, { context: [RETRY.of({})] }].map((options) => {
          const fake = flaky(503);
          transcribe(
            over(fake, { interceptors: [retryTransient({ budget: {} })] }).get('/', options),
          );
          return fake;
        });
        flush();
        expect(fakes.map(({ subscribed }) => subscribed)).toEqual([3, 3]);
      });
    } finally {
      for (const name of names) Reflect.deleteProperty(Object.prototype, name);
    }
  });
});

describe('RETRY on a request', () => {
  it.each<[string, unknown, string]>([
    ...BAD,
    ['budget', { ratio: 1 }, 'an object'],
    ['scheduler', undefined, ''],
  ])('refuses %s: %p on the error channel, before anything is sent', (name, value) => {
    const fake = flaky(200);
    const client = over(fake, { interceptors: [retryTransient()] });
    const { error } = transcribe(client.get('/', { context: [RETRY.of({ [name]: value })] }));
    expect(isTaskError(error, 'request') && [error.field, error.request?.url]).toEqual([
      `retry.${name}`,
      'https://api.example.com/',
    ]);
    expect(fake.subscribed).toBe(0);
  });

  it('refuses what is neither options nor false', () => {
    const { error } = transcribe(
      over(flaky(200), { interceptors: [retryTransient()] }).get('/', {
        context: [RETRY.of(true as never)],
      }),
    );
    expect(isTaskError(error, 'request') && error.field).toBe('retry');
  });
});

describe('retryBudget', () => {
  it('refuses a wrong option, naming it', () => {
    expect(refused(() => retryBudget({ ratio: -1 }))).toEqual([
      'budget.ratio',
      expect.stringContaining('-1'),
    ]);
    expect(refused(() => retryBudget(null as never))).toEqual(['budget', expect.any(String)]);
  });
});
