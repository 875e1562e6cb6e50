import { afterEach, describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { take } from 'rxjs';
import { hidden$, offline$ } from '../../src/task/page-state.js';

const names = ['navigator', 'document', 'addEventListener', 'removeEventListener'] as const;
const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));

/** What a page has of it. */
function page(): {
  target: EventTarget;
  navigator: { onLine: boolean };
  document: EventTarget & { visibilityState: string };
} {
  const target = new EventTarget();
  const navigator = { onLine: true };
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const values = {
    navigator,
    document,
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
  };
  for (const name of names)
    Object.defineProperty(globalThis, name, {
      value: values[name],
      configurable: true,
      writable: true,
    });
  return { target, navigator, document };
}

afterEach(() => {
  names.forEach((name, index) => {
    const was = before[index];
    if (was === undefined) Reflect.deleteProperty(globalThis, name);
    else Object.defineProperty(globalThis, name, was);
  });
});

describe('the state of a page', () => {
  it('is false, and stays so, where there is no page', () => {
    const seen: boolean[] = [];
    const subscriptions = [offline$, hidden$].map((state$) =>
      state$.subscribe((value) => seen.push(value)),
    );
    expect([seen, subscriptions.map(({ closed }) => closed)]).toEqual([
      [false, false],
      [false, false],
    ]);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });

  it('tells of offline at subscribe and at each change, and leaves no listener', () => {
    const { target, navigator } = page();
    navigator.onLine = false;
    const seen: boolean[] = [];
    const subscription = offline$.subscribe((value) => seen.push(value));
    target.dispatchEvent(new Event('offline'));
    navigator.onLine = true;
    target.dispatchEvent(new Event('online'));
    expect([seen, getEventListeners(target, 'online').length]).toEqual([[true, false], 1]);
    subscription.unsubscribe();
    offline$.pipe(take(1)).subscribe();
    expect([
      ...getEventListeners(target, 'online'),
      ...getEventListeners(target, 'offline'),
    ]).toEqual([]);
  });

  it('tells of hidden at subscribe and at each change, and leaves no listener', () => {
    const { document } = page();
    const seen: boolean[] = [];
    const subscription = hidden$.subscribe((value) => seen.push(value));
    for (const state of ['hidden', 'hidden', 'visible']) {
      document.visibilityState = state;
      document.dispatchEvent(new Event('visibilitychange'));
    }
    expect(seen).toEqual([false, true, false]);
    subscription.unsubscribe();
    expect(getEventListeners(document, 'visibilitychange')).toEqual([]);
  });
});
