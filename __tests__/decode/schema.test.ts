import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import * as v from 'valibot';
import { z } from 'zod';
import { type StandardSchema, type TaskErrorOf, createClient } from '../../src/index.js';
import { answer, expectOutcome } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

const clientOf = (publisher: ReturnType<typeof answer.hang>) =>
  createClient({ factory: { make: () => publisher } });

describe('a schema', () => {
  const schemas: Readonly<Record<string, StandardSchema<{ name: string; age: number }>>> = {
    zod: z.object({ name: z.string(), age: z.number() }),
    valibot: v.object({ name: v.string(), age: v.number() }),
    'asynchronous valibot': v.objectAsync({
      name: v.string(),
      age: v.pipeAsync(
        v.number(),
        v.checkAsync(() => Promise.resolve(true)),
      ),
    }),
  };

  it.each(Object.entries(schemas))('of %s types and checks the body', async (_name, decode) => {
    const good = await firstValueFrom(
      clientOf(answer.json(200, { name: 'Ada', age: 36, more: 1 })).get('http://h/', { decode }),
    );
    expect([good.name.toUpperCase(), good.age]).toEqual(['ADA', 36]);
    const { error } = (await expectOutcome(
      clientOf(answer.json(200, { name: 'Ada', age: 'old' })).get('http://h/x', { decode }),
    )) as { error: TaskErrorOf<'decode'> };
    expect(error).toMatchObject({
      kind: 'decode',
      code: 'DECODE_SCHEMA',
      request: { url: 'http://h/x' },
      issues: [{ path: ['age'], message: expect.any(String) }],
    });
    expect([error.message, new TextDecoder().decode(error.response?.body)]).toEqual([
      expect.stringContaining('at age'),
      '{"name":"Ada","age":"old"}',
    ]);
  });

  it('may make another value of the body', async () => {
    const decode = z.object({ at: z.string() }).transform(({ at }) => new Date(at));
    expect(
      await firstValueFrom(
        clientOf(answer.json(200, { at: '2026-01-02' })).get('http://h/', { decode }),
      ),
    ).toEqual(new Date('2026-01-02'));
  });

  it('that throws instead of answering is a decode error too', () => {
    const broken: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'x',
        validate: () => {
          throw new Error('broken');
        },
      },
    };
    const odd: StandardSchema = {
      '~standard': { version: 1, vendor: 'x', validate: () => undefined as never },
    };
    for (const decode of [broken, odd])
      expect(tell(clientOf(answer.json(200, 1)).get('http://h/', { decode })).lines).toEqual([
        'error decode DECODE_FAILED',
      ]);
  });

  it('may be a function that is a schema', async () => {
    const decode = Object.assign(() => 'not me', {
      '~standard': { version: 1 as const, vendor: 'x', validate: (value: unknown) => ({ value }) },
    });
    expect(await firstValueFrom(clientOf(answer.json(200, 7)).get('http://h/', { decode }))).toBe(
      7,
    );
  });
});
