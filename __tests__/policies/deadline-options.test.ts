import { describe, expect, it } from '@jest/globals';
import { DEADLINE, type DeadlineParts, deadline, isTaskError } from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { flaky, over } from './flaky.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

const BAD: [unknown, string][] = [
  [-1, 'deadline'],
  [NaN, 'deadline'],
  [Infinity, 'deadline'],
  ['30s', 'deadline'],
  [null, 'deadline'],
  [true, 'deadline'],
  [{ totalMs: -1 }, 'deadline.totalMs'],
  [{ idleMs: NaN }, 'deadline.idleMs'],
  [{ responseMs: '5' }, 'deadline.responseMs'],
  [{ connectMs: true }, 'deadline.connectMs'],
  [{ total: 5 }, 'deadline.total'],
  [{ timeout: 5 }, 'deadline.timeout'],
];

const refused = (make: () => unknown): unknown => {
  try {
    make();
  } catch (error) {
    return isTaskError(error, 'request')
      ? [error.field, error.message.includes(error.field)]
      : error;
  }
  return 'accepted';
};

describe('the limits of a deadline', () => {
  it.each<[unknown, string]>([
    ...BAD,
    [undefined, 'deadline'],
    [{ totalMs: 5, scheduler: 'fast' }, 'deadline.scheduler'],
  ])('refuse %p at creation, naming %s', (given, field) => {
    expect(refused(() => deadline(given as never))).toEqual([field, true]);
  });

  it.each<[unknown, string]>([...BAD, [{ scheduler: {} }, 'deadline.scheduler']])(
    'refuse %p on a request, naming %s, on the error channel and before anything is sent',
    (given, field) => {
      const fake = flaky(200);
      const { error } = transcribe(
        over(fake, { interceptors: [deadline(1000)] }).get('/', {
          context: [DEADLINE.of(given as never)],
        }),
      );
      expect(
        isTaskError(error, 'request') && [error.field, error.request?.method, fake.subscribed],
      ).toEqual([field, 'GET', 0]);
    },
  );

  it('are copied: what happens to the object afterwards changes nothing (A4)', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const options = { totalMs: 50 };
      const policy = deadline(options);
      options.totalMs = 5;
      transcribe(
        over(fakeFactory(() => answer.hang()))
          .get('/')
          .pipe(policy),
      );
      flush();
      expect(scheduler.now()).toBe(50);
    });
  });

  it('do not come from Object.prototype', () => {
    Object.defineProperty(Object.prototype, 'totalMs', { value: -5, configurable: true });
    try {
      inVirtualTime(({ flush, scheduler }) => {
        transcribe(
          over(
            fakeFactory(() => answer.hang()),
            { interceptors: [deadline({ responseMs: 50 })] },
          ).get('/', { context: [DEADLINE.of({})] }),
        );
        flush();
        expect(scheduler.now()).toBe(50);
      });
    } finally {
      delete (Object.prototype as { totalMs?: number }).totalMs;
    }
  });
});

type Given = number | false | DeadlineParts;

describe('which limit holds (F3): of the client, then of the request, then of the pipe', () => {
  const NONE = 'hangs';
  const ending = (client: Given[], request?: Given, pipe?: Given): string => {
    let told = NONE;
    inVirtualTime(({ flush, scheduler }) => {
      const task = over(
        fakeFactory(() => answer.hang()),
        { interceptors: client.map((limit) => deadline(limit)) },
      ).get('/', request === undefined ? {} : { context: [DEADLINE.of(request)] });
      (pipe === undefined ? task : task.pipe(deadline(pipe))).subscribe({
        error: (error: unknown) => {
          told = isTaskError(error, 'timeout')
            ? `${error.phase} ${error.afterMs} at ${scheduler.now()}`
            : String(error);
        },
      });
      flush();
    });
    return told;
  };

  it.each<[string, Given[], Given | undefined, string]>([
    ['the client says nothing', [], undefined, NONE],
    ['the client has a default', [300], undefined, 'total 300 at 300'],
    ['a request is shorter', [300], 100, 'total 100 at 100'],
    ['a request is longer', [300], 900, 'total 900 at 900'],
    ['a request lifts it by false', [300], false, NONE],
    ['a request lifts it by 0', [300], 0, NONE],
    [
      'a request lifts one part',
      [{ totalMs: 300, responseMs: 100 }],
      { responseMs: false },
      'total 300 at 300',
    ],
    [
      'a request lifts one part by 0',
      [{ totalMs: 300, responseMs: 100 }],
      { responseMs: 0 },
      'total 300 at 300',
    ],
    ['a request adds a part', [300], { idleMs: 50 }, 'idle 50 at 50'],
    [
      'a request changes one part',
      [{ totalMs: 300, idleMs: 100 }],
      { idleMs: 200 },
      'idle 200 at 200',
    ],
    ['a number is the whole alone', [{ totalMs: 300, idleMs: 100 }], 50, 'total 50 at 50'],
    ['a number leaves the other parts', [{ totalMs: 300, idleMs: 100 }], 900, 'idle 100 at 100'],
    ['false lifts every part', [{ totalMs: 300, idleMs: 100 }], false, NONE],
    ['a client without a limit takes that of the request', [false], 70, 'total 70 at 70'],
    ['no deadline is there to take it', [], 70, NONE],
    ['the outermost takes it, those further in keep theirs', [300, 200], 900, 'total 200 at 200'],
    ['the outermost takes it, shorter', [300, 200], 100, 'total 100 at 100'],
    ['the outermost is lifted, those further in are not', [300, 200], false, 'total 200 at 200'],
  ])('%s', (_case, client, request, expected) => {
    expect(ending(client, request)).toBe(expected);
  });

  it('the pipe is outermost: it takes what the request says, and the list of the client keeps its own', () => {
    expect(ending([300], undefined, 200)).toBe('total 200 at 200');
    expect(ending([300], 100, 200)).toBe('total 100 at 100');
    expect(ending([300], 900, 200)).toBe('total 300 at 300');
    expect(ending([300], undefined, false)).toBe('total 300 at 300');
  });
});
