import type { Awaitable } from './awaitable.js';
import type { FirstParts, UploadLimits } from './resumable-protocol.js';
import type { OpenedSource, SourcePart } from './upload-source.js';

/** What a step sends, and whether that completes the upload. */
export interface SentPart {
  readonly step: 'create' | 'ask' | 'append';
  readonly from: number;
  part?: SourcePart | undefined;
  completes: boolean;
  /** The request has begun. */
  isOut: boolean;
}

/** The parts that a creation may take; which one it took is noted. */
export function firstParts(
  source: OpenedSource,
  sent: SentPart,
  chunkBytes: (limits: UploadLimits | undefined) => number,
): FirstParts {
  const given = (part: Awaitable<SourcePart>): Awaitable<SourcePart> => {
    if ('then' in part) return part.then((late) => (sent.part = late));
    return (sent.part = part);
  };
  return {
    chunk: (limits) => given(source.part(0, chunkBytes(limits))),
    whole: () => {
      sent.completes = true;
      return given(source.part(0, Infinity));
    },
  };
}
