import { invalid } from './invalid-input.js';

/** A value as JSON. @throws InvalidInput for what JSON cannot say, or that cannot be read */
export function jsonText(input: unknown): string {
  let text: string | undefined;
  try {
    text = written(input);
  } catch (cause) {
    const told = cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? '') : 'it threw';
    throw invalid('body', `cannot be written as JSON (${told})`, undefined, 'INVALID_BODY');
  }
  if (text === undefined) throw invalid('body', 'cannot be written as JSON', input, 'INVALID_BODY');
  return text;
}

/** The standard's own type says that there is always a text. */
const written: (value: unknown) => string | undefined = JSON.stringify;
