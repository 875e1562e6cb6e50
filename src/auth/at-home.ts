import { invalid } from '../http/invalid-input.js';
import { checkList } from '../http/option-checks.js';
import type { TaskRequest } from '../http/request.js';
import { originOf } from '../http/url.js';
import { BASE_ORIGIN } from '../task/surroundings.js';
import { AUTH } from './auth.js';

/** Whether the credential may go along with this request. */
export type AtHome = (request: TaskRequest) => boolean;

/**
 * Binds a credential to its origins: those given, else that of the client's base URL, else that of the page. Where
 * there is none of them the request is refused: to guess would be to leak. A request that has an `Authorization` of its own, or
 * says `AUTH.of(false)`, is left alone wherever it goes.
 */
export function boundTo(origins: readonly string[] | undefined): AtHome {
  return (request) => {
    if (!request.context.get(AUTH) || request.headers.has('authorization')) return false;
    if (origins !== undefined) return origins.some((origin) => isAt(request.url, origin));
    const own = request.context.get(BASE_ORIGIN) ?? pageOrigin();
    if (own === undefined)
      throw invalid(
        'origins',
        "name the credential's origins (origins: ['https://api.example.com']) or give the client a baseUrl",
      );
    return isAt(request.url, own);
  };
}

/** The origins as browsers write them. @throws InvalidInput for what is none, without saying it */
export function checkedOrigins(field: string, origins: readonly string[]): readonly string[] {
  const wanted = 'a list of at least one origin';
  if (checkList(field, wanted, origins).length === 0) throw invalid(field, wanted, origins);
  return origins.map((value: unknown, index) => {
    const url = typeof value === 'string' ? parsed(value) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
      throw invalid(`${field}[${String(index)}]`, 'an origin such as https://api.example.com');
    }
    return url.origin;
  });
}

function parsed(value: string): URL | undefined {
  try {
    return new URL(value);
  } catch {
    return undefined;
  }
}

/** Compares the text first, since parsing a URL costs as much as the rest of a policy. */
function isAt(url: string, origin: string): boolean {
  if (url.startsWith(origin) && /^[/?#]?$/.test(url.charAt(origin.length))) return true;
  try {
    return originOf(url) === origin;
  } catch {
    return false;
  }
}

function pageOrigin(): string | undefined {
  const origin = (globalThis as { location?: { origin?: string } }).location?.origin;
  return origin?.startsWith('http') === true ? origin : undefined;
}
