import { bearer } from '../auth/bearer.js';
import type { TaskRequest } from '../http/request.js';

/** What an authorisation server has given. Plain data, so that it can be kept as JSON. */
export interface OAuthTokens {
  /** What goes along with requests; empty when there is none yet and the refresh token must get one. */
  readonly accessToken: string;
  /** What gets the next access token. */
  readonly refreshToken?: string;
  /** When the access token was asked for, in milliseconds since 1970 by the token client's clock. */
  readonly obtainedAtMs?: number;
  /** When it expires, by the same clock. Absent when the server does not say. */
  readonly expiresAtMs?: number;
  /** What it allows, when the server says so. */
  readonly scope?: string;
  /** Of OpenID Connect; its claims were checked, its signature stands on TLS (OpenID Connect Core section 3.1.3.7). */
  readonly idToken?: string;
  /** Which login they came from: renewed tokens are of the same, so that those who share a storage can tell. */
  readonly login?: string;
}

/** Nothing yet. */
export const NO_TOKENS: OAuthTokens = { accessToken: '' };

/** Whether the access token has expired but for this margin; of a short life, but for half of it. */
export function isDue(tokens: OAuthTokens, nowMs: number, marginMs: number): boolean {
  const { accessToken, obtainedAtMs, expiresAtMs } = tokens;
  if (accessToken === '') return true;
  if (expiresAtMs === undefined) return false;
  const halfLifeMs = obtainedAtMs === undefined ? marginMs : (expiresAtMs - obtainedAtMs) / 2;
  return nowMs >= expiresAtMs - Math.min(marginMs, halfLifeMs);
}

/** The request with the access token on it. */
export function carrying(request: TaskRequest, { accessToken }: OAuthTokens): TaskRequest {
  return bearer(request, accessToken);
}

/** Whether a value can be tokens at all: what a storage gives may be anything. */
export function areTokens(value: unknown): value is OAuthTokens {
  if (typeof value !== 'object' || value === null) return false;
  const { accessToken, refreshToken, obtainedAtMs, expiresAtMs, login } =
    value as Partial<OAuthTokens>;
  return (
    typeof accessToken === 'string' &&
    (refreshToken === undefined || typeof refreshToken === 'string') &&
    (login === undefined || typeof login === 'string') &&
    (obtainedAtMs === undefined || Number.isFinite(obtainedAtMs)) &&
    (expiresAtMs === undefined || Number.isFinite(expiresAtMs))
  );
}
