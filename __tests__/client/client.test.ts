import { describe, expect, it } from '@jest/globals';
import { NEVER, type Observable, concat, firstValueFrom, of, throwError, toArray } from 'rxjs';
import {
  HeaderFields,
  type TaskEvent,
  type TaskRequest,
  createClient,
  isTaskError,
} from '../../src/index.js';

function answer(status: number, body: string): TaskEvent[] {
  return [
    { type: 'sent', attempt: 1 },
    {
      type: 'head',
      head: {
        status,
        statusText: '',
        headers: HeaderFields.from({ 'content-type': 'application/json' }),
        url: 'http://t/',
      },
    },
    { type: 'chunk', bytes: new TextEncoder().encode(body) },
  ];
}

describe('a client over a fake factory', () => {
  it('emits the decoded body once, then completes (D1, B3)', async () => {
    const client = createClient({
      baseUrl: 'http://t',
      factory: { make: () => of(...answer(200, '{"a":1}')) },
    });
    expect(await firstValueFrom(client.get<{ a: number }>('/x').pipe(toArray()))).toEqual([
      { a: 1 },
    ]);
  });

  it('makes nothing before it is subscribed, and once per subscription (A2, C6, D3)', async () => {
    const made: TaskRequest[] = [];
    const client = createClient({
      baseUrl: 'http://t',
      factory: { make: (request) => (made.push(request), of(...answer(200, '1'))) },
    });
    const task = client.get('/x');
    expect(made).toHaveLength(0);
    await firstValueFrom(task);
    await firstValueFrom(task);
    expect(made.map((request) => request.url)).toEqual(['http://t/x', 'http://t/x']);
  });

  it('fails with a status error that carries the body', async () => {
    const client = createClient({
      baseUrl: 'http://t',
      factory: { make: () => of(...answer(503, '"busy"')) },
    });
    const error = await firstValueFrom(client.get('/x')).catch((cause: unknown) => cause);
    expect(
      isTaskError(error, 'status') && [error.code, new TextDecoder().decode(error.response.body)],
    ).toEqual(['STATUS_503', '"busy"']);
  });

  it('turns anything the factory throws or fails with into a network error with the original as cause (C4, D5)', async () => {
    const cause = new Error('boom');
    for (const make of [
      () => throwError(() => cause),
      (): Observable<TaskEvent> => {
        throw cause;
      },
    ]) {
      const error = await firstValueFrom(
        createClient({ factory: { make } }).get('http://t/'),
      ).catch((thrown: unknown) => thrown);
      expect(isTaskError(error, 'network') && error.cause).toBe(cause);
    }
  });

  it('ends everything started through a scope', () => {
    const seen: unknown[] = [];
    const scope = createClient({
      factory: { make: () => concat(of<TaskEvent>({ type: 'sent', attempt: 1 }), NEVER) },
    }).scope();
    scope
      .get('http://t/')
      .subscribe({ error: (error: unknown) => seen.push(isTaskError(error, 'aborted')) });
    expect(seen).toEqual([]);
    scope.unsubscribe();
    expect(seen).toEqual([true]);
  });
});
