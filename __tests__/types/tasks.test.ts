/** Decided by the compiler: `tsc` is a step of `npm test`. jest only runs the lines. */
import { describe, it, jest } from '@jest/globals';
import {
  type DataTask,
  type DataTaskPublisherFactory,
  type TaskContext,
  type TaskEvent,
  type TaskResponse,
  asText,
  contextToken,
  createClient,
} from 'coldwire';
import { answer } from 'coldwire/testing';
import { expectTypeOf } from 'expect-type';
import { type Observable, lastValueFrom } from 'rxjs';
import * as v from 'valibot';
import { z } from 'zod';

const factory: DataTaskPublisherFactory = { make: () => answer.json(200, { id: 1 }) };
const client = createClient({ baseUrl: 'https://api.example.com', factory });

describe('a task, by its types', () => {
  it('is an Observable of the body, unknown unless said', () => {
    expectTypeOf(client.get('/x')).toEqualTypeOf<DataTask<unknown>>();
    expectTypeOf(client.get<{ id: number }>('/x')).toExtend<Observable<{ id: number }>>();
  });

  it('has views whose types no option changes', () => {
    const task = client.get<number[]>('/x', { cache: 'reload' });
    expectTypeOf(task.response).toExtend<Observable<TaskResponse<number[]>>>();
    expectTypeOf(task.events).toExtend<Observable<TaskEvent>>();
    expectTypeOf(task.bytes).toExtend<Observable<Uint8Array>>();
    expectTypeOf(task.with((request, next) => next(request))).toEqualTypeOf<DataTask<number[]>>();
  });

  it('takes its type from a decoder or from any Standard Schema', () => {
    expectTypeOf(client.get('/x', { decode: asText })).toEqualTypeOf<DataTask<string>>();
    const zod = client.get('/x', { decode: z.object({ id: z.number() }) });
    expectTypeOf(zod).toEqualTypeOf<DataTask<{ id: number }>>();
    const valibot = client.post('/x', {}, { decode: v.object({ id: v.string() }) });
    expectTypeOf(valibot).toEqualTypeOf<DataTask<{ id: string }>>();
  });

  it('comes as a promise by the operators of rxjs', () => {
    expectTypeOf(lastValueFrom(client.get<{ id: number }>('/x'))).resolves.toEqualTypeOf<{
      id: number;
    }>();
  });

  it('carries values that are typed by their tokens', () => {
    const TENANT = contextToken('tenant', 'public');
    client.get('/x', { context: [TENANT.of('acme')] });
    // @ts-expect-error: a tenant is a string
    const wrong = () => TENANT.of(1);
    expectTypeOf(wrong).toBeFunction();
    expectTypeOf((context: TaskContext) => context.get(TENANT)).returns.toEqualTypeOf<string>();
  });
});

describe('a factory, by its types', () => {
  it('C1 is any object with make', () => {
    const counting = { made: 0, make: () => answer.status(204) };
    expectTypeOf(counting).toExtend<DataTaskPublisherFactory>();
    // @ts-expect-error: make must return an Observable of events
    const wrong: DataTaskPublisherFactory = { make: () => 1 };
    expectTypeOf(wrong).toBeObject();
  });

  it('D10 is a mock of jest without a cast', () => {
    const make = jest.fn<DataTaskPublisherFactory['make']>(() => answer.json(200, []));
    createClient({ factory: { make } });
    createClient({ factory: { make: jest.fn(() => answer.json(200, [])) } });
  });
});
