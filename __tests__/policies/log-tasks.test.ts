import { describe, expect, it } from '@jest/globals';
import { throwError } from 'rxjs';
import { type LogEntry, createClient, logTasks, retryTransient } from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

const BASE = 'https://api.test';

function log() {
  const lines: string[] = [];
  const entries: LogEntry[] = [];
  return {
    lines,
    entries,
    policy: logTasks((line, entry) => {
      lines.push(line);
      entries.push(entry);
    }),
  };
}

describe('logTasks', () => {
  it('writes a line a task to the left of a retry, a line an attempt to the right, in order (D9)', () => {
    inVirtualTime(({ flush }) => {
      const [tasks, attempts] = [log(), log()];
      const client = createClient({
        baseUrl: BASE,
        random: () => 0.5,
        factory: fakeFactory({
          '/': [
            answer.status(503, { delayMs: 10 }),
            answer.status(503, { delayMs: 20 }),
            answer.json(200, 'ok', { delayMs: 30 }),
          ],
        }),
        interceptors: [tasks.policy, retryTransient({ baseDelayMs: 100 }), attempts.policy],
      });
      const told = transcribe(client.get('/'));
      flush();
      expect(told.lines).toEqual(['"ok"', 'completed']);
      expect(attempts.lines).toEqual([
        `GET ${BASE}/ STATUS_503, 1 attempt, 10 ms, 0 bytes`,
        `GET ${BASE}/ STATUS_503, 1 attempt, 20 ms, 0 bytes`,
        `GET ${BASE}/ ok 200, 1 attempt, 30 ms, 4 bytes`,
      ]);
      expect(attempts.entries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      expect(tasks.entries).toHaveLength(1);
      expect(tasks.entries[0]).toMatchObject({
        outcome: 'ok',
        status: 200,
        attempts: 3,
        attempt: 3,
        receivedBytes: 4,
        error: undefined,
      });
      expect(tasks.entries[0]?.durationMs).toBeGreaterThan(60);
    });
  });

  it('says how a task ended: answered, refused, broken, left, or by a bug', () => {
    const { lines, entries, policy } = log();
    const bug = () => throwError(() => new RangeError('with a s3cret'));
    const client = createClient({
      baseUrl: BASE,
      factory: fakeFactory({
        '/ok': answer.text(200, 'abc'),
        '/404': answer.text(404, 'gone'),
        '/reset': answer.fail('CONNECTION_RESET'),
        '/hang': answer.hang(),
      }),
      interceptors: [policy],
    });
    for (const url of ['/ok', '/404', '/reset']) transcribe(client.get(url).bytes);
    transcribe(client.get('/hang')).subscription.unsubscribe();
    transcribe(client.with(bug).get('/bug'));
    expect(lines.map((line) => line.replace(/\d+ ms/, 'n ms'))).toEqual([
      `GET ${BASE}/ok ok 200, 1 attempt, n ms, 3 bytes`,
      `GET ${BASE}/404 STATUS_404, 1 attempt, n ms, 4 bytes`,
      `GET ${BASE}/reset CONNECTION_RESET, 1 attempt, n ms, 0 bytes`,
      `GET ${BASE}/hang unsubscribed, 1 attempt, n ms, 0 bytes`,
      `GET ${BASE}/bug BUG, 0 attempts, n ms, 0 bytes`,
    ]);
    expect(entries[1]?.error?.kind).toBe('status');
  });

  it('counts a redirect’s hops as one attempt', () => {
    const { entries, policy } = log();
    const client = createClient({
      baseUrl: BASE,
      factory: fakeFactory({
        '/a': answer.status(302, { headers: { Location: '/b' } }),
        '/b': answer.json(200, 1),
      }),
      interceptors: [policy],
    });
    transcribe(client.get('/a'));
    expect(entries[0]).toMatchObject({ attempts: 1, attempt: 1, status: 200 });
  });

  it('tells no secret and stays one line (L9)', () => {
    const { lines, policy } = log();
    const client = createClient({
      baseUrl: BASE,
      factory: fakeFactory(() => answer.text(401, 's3cr3t')),
      interceptors: [policy],
    });
    transcribe(
      client.get('/x?access_token=s3cr3t&q=1', { headers: { Authorization: 'Bearer s3cr3t' } }),
    );
    const forged = client.get('/').request.clone({ url: `${BASE}/\r\nGET https://forged/ ok` });
    transcribe(client.request(forged));
    expect(lines.join('\n')).not.toContain('s3cr3t');
    expect(lines[0]).toContain('q=1');
    expect(lines[1]).toContain('??GET');
  });

  it('lets nothing of a sink that throws reach the task', () => {
    const client = createClient({
      factory: fakeFactory(() => answer.json(200, 1)),
      interceptors: [
        logTasks(() => {
          throw new Error('disk full');
        }),
      ],
    });
    expect(transcribe(client.get(`${BASE}/`)).lines).toEqual(['1', 'completed']);
  });

  it('has its say before the consumer, once, also when the consumer leaves at the value', () => {
    const { lines, policy } = log();
    const client = createClient({
      baseUrl: BASE,
      factory: fakeFactory(() => answer.text(200, 'abc')),
      interceptors: [policy],
    });
    const subscription = client.get('/').bytes.subscribe(() => {
      lines.push('value');
      queueMicrotask(() => subscription.unsubscribe());
    });
    expect(lines.map((line) => line.split(',')[0])).toEqual(['value', `GET ${BASE}/ ok 200`]);
  });

  it('needs the request, and names what is wrong with its arguments', () => {
    expect(() => throwError(() => 1).pipe(log().policy)).toThrow(TypeError);
    expect(() => logTasks('console' as never)).toThrow(expect.objectContaining({ field: 'sink' }));
    expect(() => logTasks(() => undefined, { clock: 1 } as never)).toThrow(
      expect.objectContaining({ kind: 'request', field: 'clock' }),
    );
  });
});
