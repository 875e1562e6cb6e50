import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BehaviorSubject, Subject } from 'rxjs';
import { authenticate, bearer, createClient } from '../../src/index.js';
import { type HeldTask, createTestController } from '../../src/testing/index.js';
import { BASE, tokenOf } from './guarded.js';
import { type Told, tell } from './told.js';

/** A server and its users, stepped at random: what holds is whatever the order of things. */
class World {
  readonly controller = createTestController();
  readonly session$ = new BehaviorSubject<string | null>('user0:g0');
  readonly tasks: {
    told: Told;
    user: string;
    hasLeft: boolean;
    valuesAtFence: number | undefined;
  }[] = [];
  readonly held: HeldTask[] = [];
  readonly refreshed: string[] = [];
  refresh: Subject<string> | undefined;
  generation = 0;
  user = 0;
  #serial = 0;

  readonly client = createClient({
    baseUrl: BASE,
    factory: this.controller.factory,
    interceptors: [
      authenticate({
        credential$: this.session$,
        identityOf: (credential) => credential.split(':')[0],
        apply: bearer,
        maxRefreshes: 1_000,
        refresh: (credential) => {
          this.refreshed.push(credential);
          this.refresh = new Subject();
          return this.refresh;
        },
      }),
    ],
  });

  get good(): string {
    return `user${this.user}:g${this.generation}`;
  }

  start(): void {
    const told = tell(this.client.get(`/${this.tasks.length}`));
    this.tasks.push({ told, user: `user${this.user}`, hasLeft: false, valuesAtFence: undefined });
    this.collect();
  }

  collect(): void {
    this.held.push(...this.controller.match(() => true));
  }

  /** Answers one that waits: 200 where its token is good now, 401 where it is not. */
  answer(pick: number): void {
    const open = this.held.filter((task) => !task.cancelled && !task.answered);
    const task = open[pick % Math.max(1, open.length)];
    if (task === undefined) return;
    const token = tokenOf(task.request);
    if (token === this.good) task.json(200, `${token} ${this.#serial++}`);
    else task.status(401);
    this.collect();
  }

  expire(): void {
    this.generation++;
  }

  settleRefresh(fails: boolean): void {
    const refresh = this.refresh;
    this.refresh = undefined;
    if (fails) refresh?.error(new Error('refresh refused'));
    else refresh?.next(this.good);
    this.collect();
  }

  leave(pick: number): void {
    const task = this.tasks[pick % Math.max(1, this.tasks.length)];
    if (task === undefined || task.told.end !== undefined) return;
    task.hasLeft = true;
    task.told.leave();
  }

  switchUser(): void {
    const open = this.tasks.filter(({ told, hasLeft }) => told.end === undefined && !hasLeft);
    this.user++;
    this.refresh = undefined;
    this.session$.next(this.good);
    for (const task of open) {
      expect([task.told.end, task.told.values]).toEqual(['IDENTITY_CHANGED', []]);
    }
    this.collect();
  }

  /** Lets everything come to its end: every refresh succeeds, everything is answered. */
  finish(): void {
    for (let round = 0; round < 10_000; round++) {
      if (this.refresh !== undefined) this.settleRefresh(false);
      const open = this.held.some((task) => !task.cancelled && !task.answered);
      if (!open && this.refresh === undefined) return;
      this.answer(0);
    }
    throw new Error('it does not come to an end');
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant((world: World) => world.start()) },
  { weight: 8, arbitrary: fc.nat(200).map((pick) => (world: World) => world.answer(pick)) },
  { weight: 2, arbitrary: fc.constant((world: World) => world.expire()) },
  { weight: 3, arbitrary: fc.constant((world: World) => world.settleRefresh(false)) },
  { weight: 2, arbitrary: fc.nat(200).map((pick) => (world: World) => world.leave(pick)) },
);
const failing = fc.constant((world: World) => world.settleRefresh(true));
const switching = fc.constant((world: World) => world.switchUser());

describe('whatever the order of starts, answers, refusals, refreshes and leaving', () => {
  it('a hundred parallel requests, refused early and late, share one refresh and all succeed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(99), { minLength: 0, maxLength: 150 }),
        fc.nat(100),
        fc.uniqueArray(fc.nat(99), { maxLength: 30 }),
        (order, refreshAfter, leaving) => {
          const world = new World();
          for (let n = 0; n < 100; n++) world.start();
          world.expire();
          order.forEach((pick, index) => {
            if (index === refreshAfter) world.settleRefresh(false);
            world.answer(pick);
          });
          for (const pick of leaving) world.leave(pick);
          world.finish();
          for (const { told, hasLeft } of world.tasks) {
            if (hasLeft) expect([told.values.length, told.end]).toEqual([0, undefined]);
            else expect([told.values.length, told.end]).toEqual([1, 'complete']);
          }
          expect(world.refreshed.length).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('each generation is refreshed at most once, and no request is lost', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const world = new World();
        for (const act of steps) act(world);
        world.finish();
        expect(new Set(world.refreshed).size).toBe(world.refreshed.length);
        for (const { told, hasLeft } of world.tasks) {
          if (hasLeft) expect(told.end).toBeUndefined();
          // A request whose two second tries were overtaken by yet another expiry has its 401.
          else expect(told.end).toMatch(/^(complete|STATUS_401)$/);
          if (told.end === 'STATUS_401') expect(told.error?.previous.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a refresh that fails is not repeated, and everyone has exactly one end', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(step, step, step, failing), { maxLength: 80 }), (steps) => {
        const world = new World();
        for (const act of steps) act(world);
        world.finish();
        expect(new Set(world.refreshed).size).toBe(world.refreshed.length);
        for (const { told, hasLeft } of world.tasks) {
          expect(told.end === undefined).toBe(hasLeft);
          expect(told.values).toHaveLength(told.end === 'complete' ? 1 : 0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('nobody is told what was for another user', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(step, step, step, switching), { maxLength: 80 }), (steps) => {
        const world = new World();
        for (const act of steps) act(world);
        world.finish();
        for (const { told, user } of world.tasks) {
          for (const value of told.values) expect(String(value).split(':')[0]).toBe(user);
        }
      }),
      { numRuns: 60 },
    );
  });
});
