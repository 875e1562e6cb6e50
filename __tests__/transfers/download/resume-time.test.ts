import { describe, expect, it } from '@jest/globals';
import { concat, map, of, take, throwError } from 'rxjs';
import {
  type DataTaskPublisher,
  type TaskEvent,
  type TaskRequest,
  HeaderFields,
  asBytes,
  createClient,
  taskError,
} from '../../../src/index.js';
import { answer } from '../../../src/testing/index.js';
import { type ResumeOptions, RESUME, resumeDownload } from '../../../src/transfers/index.js';
import { inVirtualTime, transcribe } from '../../policies/virtual-time.js';

const TEXT = 'abcdefghij';
const ETAG = '"v1"';
const cut = (): Error =>
  taskError('network', { sent: true }, { code: 'CONNECTION_RESET', message: 'reset' });

/** A fake that brings so many further bytes, and then breaks off, unless they are the last ones. */
function brings(request: TaskRequest, bytes: number): DataTaskPublisher {
  const first = Number(/\d+/.exec(request.headers.get('range') ?? '0')?.[0]);
  const part = TEXT.slice(first, first + bytes);
  const headers = HeaderFields.from({
    etag: ETAG,
    'content-length': String(TEXT.length - first),
    ...(first > 0 && { 'content-range': `bytes ${first}-9/10` }),
  });
  const events: TaskEvent[] = [
    { type: 'sent', attempt: request.attempt },
    { type: 'head', head: { status: first > 0 ? 206 : 200, statusText: '', headers, url: '' } },
  ];
  if (part !== '') events.push({ type: 'chunk', bytes: new TextEncoder().encode(part) });
  return first + bytes >= TEXT.length ? of(...events) : concat(of(...events), throwError(cut));
}

function clientOf(...answers: readonly ((request: TaskRequest) => DataTaskPublisher)[]) {
  const requests: TaskRequest[] = [];
  const make = (request: TaskRequest): DataTaskPublisher =>
    answers[Math.min(requests.push(request), answers.length) - 1]?.(request) ?? answer.hang();
  return {
    client: createClient({ baseUrl: 'http://t', factory: { make }, random: () => 0.5 }),
    requests,
  };
}

const bringing =
  (bytes: number) =>
  (request: TaskRequest): DataTaskPublisher =>
    brings(request, bytes);
const text = map((bytes: Uint8Array) => new TextDecoder().decode(bytes));

describe('the pauses of a resumed download', () => {
  const delays = (options: ResumeOptions, ...bytes: number[]) => {
    const { client } = clientOf(...bytes.map(bringing));
    let lines: string[] = [];
    inVirtualTime(({ flush }) => {
      const told = transcribe(client.get('/x').events.pipe(resumeDownload(options)));
      flush();
      lines = told.lines;
    });
    return lines.flatMap((line) => {
      const delay = /retrying \d+ in (\d+)/.exec(line)?.[1];
      return delay === undefined ? [] : [Number(delay)];
    });
  };

  it('grow while no byte comes, and a new byte starts them again', () => {
    expect(delays({ baseDelayMs: 100 }, 3, 0, 0, 1, 0, 9)).toEqual([50, 100, 200, 50, 100]);
  });

  it('have a bound, and spread', () => {
    expect(delays({ baseDelayMs: 100, maxDelayMs: 150 }, 3, 0, 0, 0, 9)).toEqual([50, 75, 75, 75]);
    const spread = new Set(
      Array.from({ length: 50 }, (_, n) => delays({ random: () => n / 50 }, 3, 9)[0]),
    );
    expect(spread.size).toBe(50);
  });

  it('end after so many requests in a row without a new byte: the last error, with those before it', () => {
    inVirtualTime(({ flush }) => {
      const { client, requests } = clientOf(bringing(3), bringing(0));
      const told = transcribe(
        client.get('/x').bytes.pipe(resumeDownload({ maxAttempts: 3 }), text),
      );
      flush();
      expect(told.lines).toEqual(['"abc"', 'failed CONNECTION_RESET']);
      expect(told.error).toMatchObject({ previous: [{}, {}] });
      expect(requests.map((one) => one.headers.get('range'))).toEqual([
        undefined,
        'bytes=3-',
        'bytes=3-',
      ]);
      expect(requests.map((one) => one.attempt)).toEqual([1, 2, 3]);
    });
  });

  it('obey Retry-After, and give up where it asks for too long', () => {
    for (const [seconds, lines] of [
      ['7', ['"abc"', '"defghij"', 'completed']],
      ['61', ['"abc"', 'failed STATUS_503']],
    ] as const) {
      inVirtualTime(({ flush, scheduler }) => {
        const { client } = clientOf(
          bringing(3),
          () => answer.status(503, { headers: { 'retry-after': seconds } } as never),
          bringing(9),
        );
        const told = transcribe(
          client.get('/x').bytes.pipe(resumeDownload({ baseDelayMs: 0 }), text),
        );
        flush();
        expect(told.lines).toEqual(lines);
        expect(scheduler.now()).toBe(seconds === '7' ? 7_000 : 0);
      });
    }
  });

  it('are left at once by unsubscribing: nothing more is sent', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const { client, requests } = clientOf(bringing(3), bringing(9));
      const told = transcribe(client.get('/x').bytes.pipe(resumeDownload(), text));
      told.subscription.unsubscribe();
      flush();
      expect(told.lines).toEqual(['"abc"']);
      expect(requests).toHaveLength(1);
      expect(scheduler.now()).toBe(0);
    });
  });

  it('may last ten minutes, and cost a test nothing', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const { client } = clientOf(bringing(3), bringing(9));
      const told = transcribe(
        client
          .get('/x')
          .bytes.pipe(resumeDownload({ baseDelayMs: 1_200_000, maxDelayMs: 1_200_000 }), text),
      );
      flush();
      expect(told.lines.at(-1)).toBe('completed');
      expect(scheduler.now()).toBe(600_000);
    });
  });
});

describe('a resumed download over fakes', () => {
  it('goes through a thousand parts that come at once without deepening the stack', () => {
    inVirtualTime(({ flush }) => {
      const long = 'x'.repeat(20_000);
      let asked = 0;
      const make = (request: TaskRequest): DataTaskPublisher => {
        asked += 1;
        const first = Number(/\d+/.exec(request.headers.get('range') ?? '0')?.[0]);
        if (first === 0)
          return answer.text(200, long.slice(0, 1), {
            headers: { etag: ETAG, 'content-length': '20000' },
          });
        const part = new TextEncoder().encode(long.slice(first, first + 2));
        const headers = HeaderFields.from({
          'content-range': `bytes ${first}-${first + part.length - 1}/20000`,
        });
        return of<TaskEvent[]>(
          { type: 'sent', attempt: 1 },
          { type: 'head', head: { status: 206, statusText: '', headers, url: '' } },
          { type: 'chunk', bytes: part },
        );
      };
      const client = createClient({ baseUrl: 'http://t', factory: { make }, random: () => 0 });
      let bytes = 0;
      let completed = false;
      client
        .get('/x')
        .bytes.pipe(resumeDownload())
        .subscribe({
          next: (chunk) => (bytes += chunk.length),
          complete: () => (completed = true),
        });
      flush();
      expect({ bytes, completed, asked }).toEqual({
        bytes: 20_000,
        completed: true,
        asked: 10_001,
      });
    });
  });

  it('ends with what a bug threw, untouched', () => {
    inVirtualTime(({ flush }) => {
      const bug = new RangeError('a bug');
      const { client } = clientOf(bringing(3), () => of());
      const told = transcribe(
        client
          .with(resumeDownload(), (request, next) =>
            request.headers.has('range') ? throwError(() => bug) : next(request),
          )
          .get('/x').bytes,
      );
      flush();
      expect(told.error).toBe(bug);
    });
  });

  it('leaves within the first byte: nothing comes after, and nothing is asked', () => {
    inVirtualTime(({ flush }) => {
      const { client, requests } = clientOf(bringing(3), bringing(9));
      const seen: number[] = [];
      client
        .get('/x')
        .bytes.pipe(resumeDownload(), take(1))
        .subscribe((bytes) => seen.push(bytes.length));
      flush();
      expect(seen).toEqual([3]);
      expect(requests).toHaveLength(1);
    });
  });

  it('makes a whole of a collected body, whatever was cut', () => {
    inVirtualTime(({ flush }) => {
      const { client } = clientOf(bringing(3), bringing(2), bringing(9));
      const told = transcribe(client.get('/x', { decode: asBytes }).pipe(resumeDownload(), text));
      flush();
      expect(told.lines).toEqual([`"${TEXT}"`, 'completed']);
    });
  });
});

describe('resumeDownload, given what it cannot use', () => {
  it.each([
    ['resumeDownload', 7],
    ['resumeDownload.attempts', { attempts: 3 }],
    ['resumeDownload.maxAttempts', { maxAttempts: 0 }],
    ['resumeDownload.baseDelayMs', { baseDelayMs: -1 }],
    ['resumeDownload.maxDelayMs', { maxDelayMs: Infinity }],
    ['resumeDownload.maxRetryAfterMs', { maxRetryAfterMs: NaN }],
    ['resumeDownload.changed', { changed: 'ask' }],
    ['resumeDownload.scheduler', { scheduler: {} }],
    ['resumeDownload.random', { random: 0.5 }],
  ])('names %s at once', (field, options) => {
    expect(() => resumeDownload(options as never)).toThrow(
      expect.objectContaining({ kind: 'request', field }),
    );
  });

  it('names what one request got wrong, before anything is sent', () => {
    const { client, requests } = clientOf(bringing(9));
    const told = transcribe(
      client.with(resumeDownload()).get('/x', { context: [RESUME.of({ maxAttempts: 0 })] }).bytes,
    );
    expect(told.error).toMatchObject({ kind: 'request', field: 'resume.maxAttempts' });
    expect(requests).toEqual([]);
  });
});
