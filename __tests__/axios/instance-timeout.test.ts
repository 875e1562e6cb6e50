import { Agent } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { asText } from 'coldwire';
import { handClock } from '../promises/hand-clock.js';
import { errorOf } from '../promises/outcome.js';
import type { Script } from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { latch } from '../support/latch.js';
import { ground, through } from './instance-ground.js';

describe('the timeout of an axios instance', () => {
  it.each<[string, Script, string]>([
    ['before the head', faults.neverAnswers(), 'response'],
    ['in the body', faults.breaksInBody('stall'), 'idle'],
  ])('is a timeout %s, over http', async (_where, script, phase) => {
    const url = await ground.serve(script);
    expect(
      await errorOf(through(axios.create({ timeout: 300 })).get(url, { decode: asText })),
    ).toMatchObject({ kind: 'timeout', phase, afterMs: 300 });
    await ground.server.unconnected();
  });

  it('covers making the connection', async () => {
    await ground.serve();
    const clock = handClock();
    const url = 'http://127.0.0.1:9/';
    const made = latch();
    const httpAgent = new Agent();
    // A connection that never is made.
    Object.assign(httpAgent, {
      createConnection: () => {
        made.open();
        return undefined;
      },
    });
    const failed = errorOf(
      through(axios.create({ timeout: 30, httpAgent }))
        .with({ scheduler: clock.scheduler })
        .get(url),
    );
    await made.opened;
    clock.advance(30);
    expect(await failed).toMatchObject({ kind: 'timeout', phase: 'connect', afterMs: 30 });
  });

  it.each<[string, Script]>([
    ['before the head', faults.neverAnswers()],
    ['in the body', faults.breaksInBody('stall')],
  ])('is a timeout %s, over fetch', async (_where, script) => {
    const url = await ground.serve(script);
    expect(
      await errorOf(
        through(axios.create({ timeout: 300, adapter: 'fetch' })).get(url, { decode: asText }),
      ),
    ).toMatchObject({ kind: 'timeout', afterMs: 300 });
    await (
      await ground.server.next()
    ).closed;
  });
});
