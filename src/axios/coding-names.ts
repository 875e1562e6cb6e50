import { taskError } from '../errors/task-error.js';

/** More than this is an attack: each coding multiplies what the one before it gives. */
const MOST_CODINGS = 5;

/**
 * The codings that a `Content-Encoding` lists, in the order in which they were applied, in lower case.
 * @throws TaskError `limit` for more than five, whoever is to undo them
 */
export function codingNames(contentEncoding: string): readonly string[] {
  const names = contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length <= MOST_CODINGS) return names;
  const message = `the body is coded ${String(names.length)} times; at most ${String(MOST_CODINGS)} are undone`;
  throw taskError(
    'limit',
    { which: 'content-codings', maxBytes: MOST_CODINGS },
    { code: 'LIMIT_CONTENT_CODINGS', message },
  );
}
