import { invalid } from '../http/invalid-input.js';

/** @throws InvalidInput for a server that names no place to get tokens at, or one where secrets could be read on the way */
export function checkServer(server: unknown, where: string, allowHttp: boolean): void {
  const { issuer, token_endpoint: tokens } = (server ?? {}) as Readonly<Record<string, unknown>>;
  checkedEndpoint(`${where}.issuer`, issuer, allowHttp);
  checkedEndpoint(`${where}.token_endpoint`, tokens, allowHttp);
}

/** @throws InvalidInput for what is no https URL, or http where that will do */
export function checkedEndpoint(field: string, url: unknown, allowHttp: boolean): string {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (typeof url !== 'string' || !/^https?:$/.test(parsed?.protocol ?? ''))
    throw invalid(field, 'an https URL', url);
  if (parsed?.protocol === 'http:' && !allowHttp)
    throw invalid(field, 'an https URL (allowHttp: true for a server on the same machine)', url);
  return url;
}
