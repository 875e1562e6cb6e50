import { Observable, distinctUntilChanged } from 'rxjs';

interface Page {
  readonly navigator?: { readonly onLine?: boolean };
  readonly document?: EventTarget & { readonly visibilityState?: string };
  readonly addEventListener?: EventTarget['addEventListener'];
  readonly removeEventListener?: EventTarget['removeEventListener'];
}

/**
 * Whether the browser says that it is offline: the state at subscribe, then each change. Outside browsers: `false`.
 *
 * @example
 * client.get('/film').bytes.pipe(pauseWhile(offline$));
 */
export const offline$: Observable<boolean> = pageState(
  ['online', 'offline'],
  (page) => page as EventTarget,
  ({ navigator }) => navigator?.onLine === false,
);

/**
 * Whether the page is hidden: the state at subscribe, then each change. Outside browsers: `false`.
 *
 * @example
 * client.get('/status').pipe(pauseWhile(hidden$), poll({ everyMs: 5_000 }));
 */
export const hidden$: Observable<boolean> = pageState(
  ['visibilitychange'],
  ({ document }) => document,
  ({ document }) => document?.visibilityState === 'hidden',
);

function pageState(
  names: readonly string[],
  targetOf: (page: Page) => EventTarget | undefined,
  read: (page: Page) => boolean,
): Observable<boolean> {
  return new Observable<boolean>((subscriber) => {
    const page = globalThis as Page;
    const target = targetOf(page);
    const tell = (): void => {
      subscriber.next(read(page));
    };
    tell();
    if (typeof target?.addEventListener !== 'function') return;
    for (const name of names) target.addEventListener(name, tell);
    subscriber.add(() => {
      for (const name of names) target.removeEventListener(name, tell);
    });
  }).pipe(distinctUntilChanged());
}
