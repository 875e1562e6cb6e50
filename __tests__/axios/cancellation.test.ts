import { afterEach, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { Subject, forkJoin, from, map, mergeMap, switchMap, toArray } from 'rxjs';
import { type Client, axiosFactory, createClient } from 'coldwire';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { listen } from './listen.js';
import { latch } from '../support/latch.js';

let server: FaultServer;
const serve = async (script?: Script): Promise<string> => (server = await faultServer(script)).url;
afterEach(() => server.stop());

describe.each<[string, () => Client]>([
  ['http', () => createClient()],
  ['fetch', () => createClient({ factory: axiosFactory({ adapter: 'fetch' }) })],
  ['an instance', () => createClient({ factory: axiosFactory({ instance: axios.create() }) })],
])('C10: leaving over %s, in each state, has one outcome', (_name, make) => {
  const client = make();

  it('in the same tick: nothing is sent, and no recipe is opened', async () => {
    const url = await serve(faults.answers(200, {}, '1'));
    let opened = 0;
    const heard = listen(client.post(`${url}/never`, () => (opened++, new Blob(['x']).stream())));
    heard.leave();
    await listen(client.get(`${url}/next`)).ended;
    expect(heard.notes).toEqual([]);
    expect(opened).toBe(0);
    expect(server.exchanges.map(({ request }) => request.path)).toEqual(['/next']);
    expect(server.connections.opened).toBe(1);
  });

  it('in the tick in which it starts: nothing is sent, no connection stays', async () => {
    const url = await serve(faults.answers(200, {}, '1'));
    const heard = listen(client.get(`${url}/never`));
    await Promise.resolve();
    heard.leave();
    await listen(client.get(`${url}/next`)).ended;
    expect(heard.notes).toEqual([]);
    expect(server.exchanges.map(({ request }) => request.path)).toEqual(['/next']);
  });

  it('before the head, in the body: the server sees the close', async () => {
    const url = await serve(
      faults.byPath({ '/head': faults.neverAnswers(), '/body': faults.breaksInBody('stall') }),
    );
    const before = listen(client.get(`${url}/head`));
    const waiting = await server.next();
    before.leave();
    await waiting.closed;
    const arrived = latch();
    const inside = listen(client.get(`${url}/body`).bytes.pipe(map(() => arrived.open())));
    await arrived.opened;
    inside.leave();
    await (
      await server.next()
    ).closed;
    expect([before.notes, inside.notes]).toEqual([[], ['value']]);
  });

  it('within the delivery of the value: that value, and no completion', async () => {
    const url = await serve(faults.answers(200, {}, '1'));
    const notes: string[] = [];
    const done = latch();
    const subscription = client.get(url).subscribe({
      next: () => {
        notes.push('value');
        subscription.unsubscribe();
        done.open();
      },
      complete: () => notes.push('complete'),
    });
    await done.opened;
    await server.exchange(1);
    expect(notes).toEqual(['value']);
  });

  it('after the end: nothing happens, and the connection serves again (C2)', async () => {
    const url = await serve(faults.answers(200, {}, '1'));
    const heard = listen(client.get(url));
    await heard.ended;
    heard.leave();
    heard.leave();
    await listen(client.get(url)).ended;
    expect(heard.notes).toEqual(['value', 'complete']);
    expect(server.connections.closed).toBe(0);
  });

  it('C7: of two subscribers the first leaves, and only its exchange ends', async () => {
    const url = await serve();
    const task = client.get(url);
    const first = listen(task);
    const one = await server.next();
    const second = listen(task);
    const other = await server.next();
    first.leave();
    await one.closed;
    await other.respond(200, {}, '"kept"');
    await second.ended;
    expect([first.notes, second.notes]).toEqual([[], ['value', 'complete']]);
  });

  it('C13: of five at once, all are closed, and those in the queue never connect', async () => {
    const url = await serve();
    const five = listen(forkJoin([1, 2, 3, 4, 5].map((n) => client.get(`${url}/${String(n)}`))));
    await server.until(({ exchanges }) => exchanges.length === 5);
    five.leave();
    await Promise.all(server.exchanges.map(({ closed }) => closed));
    const twenty = listen(
      from(Array.from({ length: 20 }, (_, n) => n)).pipe(
        mergeMap((n) => client.get(`${url}/${String(n)}`), 5),
      ),
    );
    await server.until(({ exchanges }) => exchanges.length === 10);
    twenty.leave();
    await Promise.all(server.exchanges.map(({ closed }) => closed));
    // Whoever had left the queue would be heard of before this one.
    const after = listen(createClient().get(`${url}/after`));
    await (await server.exchange(11)).respond(200, {}, '1');
    await after.ended;
    expect(server.exchanges.map(({ request }) => request.path).slice(10)).toEqual(['/after']);
  });

  it('F5: of five names typed in turn, four requests are closed, and one value comes', async () => {
    const url = await serve(async (exchange) => {
      if (exchange.request.path === '/names/5') await exchange.respond(200, {}, '"free"');
      else await exchange.stall();
    });
    const typed = new Subject<number>();
    const values: unknown[] = [];
    const done = latch();
    typed
      .pipe(
        switchMap((n) => client.get(`${url}/names/${String(n)}`)),
        toArray(),
      )
      .subscribe((all) => {
        values.push(...all);
        done.open();
      });
    for (const n of [1, 2, 3, 4]) {
      typed.next(n);
      await server.next();
    }
    typed.next(5);
    typed.complete();
    await done.opened;
    await Promise.all(server.exchanges.slice(0, 4).map(({ closed }) => closed));
    expect(values).toEqual(['free']);
    expect(server.exchanges.length).toBe(5);
  });
});
