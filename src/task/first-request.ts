import { type ContextToken, contextToken } from '../http/context.js';
import type { TaskRequest } from '../http/request.js';

/** On the hop of a redirect: the request that the policies know, and how many hops have led here. */
export const REDIRECTED: ContextToken<
  { readonly first: TaskRequest; readonly hops: number } | undefined
> = contextToken<{ readonly first: TaskRequest; readonly hops: number } | undefined>(
  'redirected',
  undefined,
);

/** The request before all redirects: the one to speak of, for those who asked for it. */
export function firstRequest(request: TaskRequest): TaskRequest {
  return request.context.get(REDIRECTED)?.first ?? request;
}
