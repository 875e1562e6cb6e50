import { invalid } from '../http/invalid-input.js';
import { SECRET_FIELDS, isSecretName } from '../http/redact.js';
import type { TaskRequest } from '../http/request.js';

/**
 * What `apply` made of a request, checked; header fields that it has put on and whose names do not tell what they
 * hold are marked, so that no error shows them.
 */
export function withCredential(request: TaskRequest, applied: TaskRequest): TaskRequest {
  if (typeof (applied as TaskRequest | undefined)?.url !== 'string')
    throw invalid('apply', 'returns the request with the credential on it', typeof applied);
  const names: string[] = [];
  for (const [name, value] of applied.headers)
    if (!isSecretName(name) && request.headers.get(name) !== value) names.push(name);
  if (names.length === 0) return applied;
  return applied.clone({ context: applied.context.with([SECRET_FIELDS.of(names)]) });
}
