import { checkingInput } from '../errors/from-input.js';
import {
  type BodyRecipe,
  type ByteSource,
  type RequestBody,
  composedBody,
  encodeBody,
} from '../http/body.js';
import { invalid } from '../http/invalid-input.js';
import {
  PART_END,
  fieldText,
  fileType,
  multipartEnd,
  multipartType,
  partHead,
  randomBoundary,
} from '../http/multipart.js';
import { checkOptionNames, ownOptions } from '../http/option-checks.js';
import { type BodyPiece, MultipartSource } from './multipart-source.js';

/** What a part can be: a text, bytes at hand, or what opens them; with `recipeBody` its length can be known. */
export type PartValue =
  string | Uint8Array | ArrayBuffer | Blob | RequestBody | BodyRecipe | ByteSource;

/** One part of a form. */
export interface MultipartPart {
  /** The name of the field. */
  readonly name: string;
  readonly value: PartValue;
  /** What a server takes the part for a file by. Default the file's own, `blob` for a `Blob`, none for others. */
  readonly filename?: string;
  /** Default the value's own: none for a text, `application/octet-stream` where nothing is known. */
  readonly contentType?: string;
}

/**
 * A form (`multipart/form-data`, RFC 7578) whose parts may be recipes: each is opened when its turn comes, streamed and
 * never collected. It carries a `Content-Length` when every part knows its own, and can be sent again when every part
 * can. Names and file names are escaped as browsers do; the boundary is random, and the same each time the body is sent.
 *
 * A browser that cannot stream uploads refuses it, as it does every recipe: there, give a `FormData`.
 * @throws TaskError `request` for a part that is none, naming it. On the task: `request`, code `BODY_LENGTH`, for a part
 * that does not keep to the length it was said to have
 *
 * @example
 * const film = recipeBody(() => openFile('film.mp4'), { length: 7_340_032, contentType: 'video/mp4' });
 * client.post('/films', multipart([{ name: 'title', value: 'Playtime' }, { name: 'film', value: film, filename: 'film.mp4' }]));
 */
export function multipart(parts: readonly MultipartPart[]): RequestBody {
  return checkingInput(() => {
    if (!Array.isArray(parts)) throw invalid('multipart.parts', 'a list of parts', parts);
    const boundary = randomBoundary();
    const checked = parts.map((part: MultipartPart, index) =>
      checkedPart(part, `multipart.parts[${String(index)}]`),
    );
    const pieces = [
      ...checked.flatMap(({ head, piece }): BodyPiece[] => [
        partHead(boundary, head),
        piece,
        PART_END,
      ]),
      multipartEnd(boundary),
    ];
    return composedBody(() => new MultipartSource(pieces), {
      length: pieces.reduce((sum: number | undefined, piece) => added(sum, piece), 0),
      contentType: multipartType(boundary),
      replayable: checked.every(({ replayable }) => replayable),
      value: parts,
    });
  });
}

interface CheckedPart {
  readonly head: {
    readonly name: string;
    readonly filename: string | undefined;
    readonly contentType: string | undefined;
  };
  readonly piece: BodyPiece;
  readonly replayable: boolean;
}

const ONE_LINE = /^[\t\u0020-\u007e]+$/;

function checkedPart(given: MultipartPart, field: string): CheckedPart {
  if (typeof given !== 'object' || (given as unknown) === null)
    throw invalid(field, 'an object with name and value', given);
  checkOptionNames(field, given, ['name', 'value', 'filename', 'contentType']);
  const { name, value, filename, contentType } = ownOptions(given);
  if (typeof name !== 'string') throw invalid(`${field}.name`, 'a string', name);
  if (filename !== undefined && typeof filename !== 'string')
    throw invalid(`${field}.filename`, 'a string', filename);
  if (
    contentType !== undefined &&
    !(typeof contentType === 'string' && ONE_LINE.test(contentType))
  ) {
    throw invalid(`${field}.contentType`, 'a media type in one line of ASCII');
  }
  const body = encodeBody(value);
  const head = {
    name,
    filename: filename ?? fileNameOf(body),
    contentType: contentType ?? typeOf(body),
  };
  return { head, piece: pieceOf(body, field), replayable: body?.replayable === true };
}

function pieceOf(body: RequestBody | undefined, field: string): BodyPiece {
  switch (body?.kind) {
    case 'text':
      // Whatever JSON can say is no part by itself: a form has no way to tell what it is.
      if (typeof body.value === 'string') return fieldText(body.text);
      break;
    case 'bytes':
      return body.bytes;
    case 'blob':
      return { field, length: body.blob.size, open: () => body.blob.stream() };
    case 'recipe':
      return { field, length: body.length, open: body.open };
    case 'form':
    case undefined:
  }
  throw invalid(
    `${field}.value`,
    'a string, bytes, a Blob, or what opens bytes: a recipe, a recipeBody, a stream',
    body?.value,
  );
}

function fileNameOf(body: RequestBody | undefined): string | undefined {
  if (body?.kind !== 'blob') return undefined;
  return (body.blob as Partial<File>).name ?? 'blob';
}

function typeOf(body: RequestBody | undefined): string | undefined {
  if (body?.kind === 'text') return undefined;
  return body?.kind === 'blob' ? fileType(body.blob) : body?.contentType;
}

function added(sum: number | undefined, piece: BodyPiece): number | undefined {
  const length = ArrayBuffer.isView(piece) ? piece.byteLength : piece.length;
  return sum === undefined || length === undefined ? undefined : sum + length;
}
