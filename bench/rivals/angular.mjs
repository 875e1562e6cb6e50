// Angular's HttpClient without an application around it: production mode, no zone, and a change detection that costs
// nothing. It is measured at its best.
globalThis.ngDevMode ??= false;
await import('@angular/compiler');
const core = await import('@angular/core');
const http = await import('@angular/common/http');

const surroundings = [
  { provide: core.NgZone, useClass: core.ɵNoopNgZone },
  { provide: core.DOCUMENT, useValue: { cookie: '' } },
  { provide: core.ɵChangeDetectionScheduler, useValue: { notify() {}, runningTick: false } },
];
const nothingElse = {
  get(token, missing) {
    if (missing === undefined) throw new Error(`nothing provides ${token}`);
    return missing;
  },
};
const root = new core.ɵR3Injector(surroundings, nothingElse, '', new Set(['root', 'environment']));

/** An `HttpClient` over its fetch backend, or over the backend given. */
export function angularClient({ interceptors = [], backend } = {}) {
  const { HttpBackend, HttpClient, provideHttpClient, withFetch, withInterceptors } = http;
  const features = [withFetch(), withInterceptors(interceptors), http.withNoXsrfProtection()];
  const providers = [provideHttpClient(...features)];
  if (backend) providers.push({ provide: HttpBackend, useValue: backend });
  return core.createEnvironmentInjector(providers, root).get(HttpClient);
}

export { http };
