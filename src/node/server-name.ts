import { taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import { safeFileName } from './safe-name.js';

/** Reads `Content-Disposition`, as the package of that name does. */
export type ParseDisposition = (field: string) => {
  readonly parameters: Readonly<Record<string, string>>;
};

/** The parser, loaded only where somebody asks for the server's name. @throws TaskError `request` where it is not installed */
export async function dispositionParser(request: TaskRequest): Promise<ParseDisposition> {
  try {
    return (await import('content-disposition')).parse;
  } catch (cause) {
    const message =
      "a server's name for a file is read by the package content-disposition: install it";
    const field = 'downloadToFile.target.directory';
    throw taskError('request', { field }, { request, code: 'MISSING_PACKAGE', message, cause });
  }
}

/** The name that a server gives: of its `Content-Disposition`, else of its URL; made safe. */
export function serverFileName(
  { headers, url }: ResponseHead,
  parse: ParseDisposition,
  otherwise: string,
): string {
  const given = dispositionName(headers.get('content-disposition'), parse);
  return (given === undefined ? undefined : safeFileName(given)) ?? urlFileName(url) ?? otherwise;
}

function dispositionName(field: string | undefined, parse: ParseDisposition): string | undefined {
  try {
    return field === undefined ? undefined : parse(field).parameters['filename'];
  } catch {
    return undefined;
  }
}

/** The last part of a URL's path, made safe. */
export function urlFileName(url: string): string | undefined {
  try {
    return safeFileName(decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? ''));
  } catch {
    return undefined;
  }
}
