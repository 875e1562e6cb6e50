// Angular's HttpClient without an application: in production mode, in an injector of its own, not optimised by a zone.
globalThis.ngDevMode ??= false;
await import('@angular/compiler');
const { DOCUMENT, NgZone, ɵNoopNgZone, ɵR3Injector } = await import('@angular/core');
const http = await import('@angular/common/http');

/** An `HttpClient` over its fetch backend, or over the backend given. */
export function angularClient({ interceptors = [], backend } = {}) {
  const { HttpBackend, HttpClient, provideHttpClient, withFetch, withInterceptors, withNoXsrfProtection } = http;
  const environment = provideHttpClient(withFetch(), withNoXsrfProtection(), withInterceptors(interceptors));
  const injector = new ɵR3Injector(
    [
      environment,
      { provide: NgZone, useClass: ɵNoopNgZone },
      { provide: DOCUMENT, useValue: { cookie: '' } },
      ...(backend ? [{ provide: HttpBackend, useValue: backend }] : []),
    ],
    { get: (token, missing) => missing ?? null },
    'bench',
    new Set(['root', 'environment']),
  );
  return injector.get(HttpClient);
}

export { http };
