import type { TaskResponse } from '../http/response.js';
import { decodeError } from './decode-error.js';
import type { SchemaResult } from './standard-schema.js';

/** The value that a schema made. @throws TaskError `decode` with the issues that it found instead; `what` is what did not fit */
export function schemaValue<T>(
  result: SchemaResult<T>,
  response?: TaskResponse<Uint8Array>,
  what = 'the value',
): T {
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ message, path }) => ({
    message,
    ...(path === undefined
      ? {}
      : { path: path.map((step) => (typeof step === 'object' ? step.key : step)) }),
  }));
  const first = issues[0];
  const at =
    first?.path === undefined || first.path.length === 0
      ? ''
      : ` at ${first.path.map(String).join('.')}`;
  const message = `${what} does not fit its schema${at}: ${first?.message ?? 'no reason given'}`;
  throw decodeError(response, 'DECODE_SCHEMA', message, undefined, issues);
}
