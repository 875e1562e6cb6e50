/**
 * Takes comment lines out of a stream of text whose lines end in LF, as they come: a server that sends nothing but
 * comments to keep the line alive, for months, fills no buffer and reaches no bound.
 */
export class CommentFilter {
  #atLineStart = true;
  #inComment = false;

  /** Whether the next text begins within a comment. */
  get isInside(): boolean {
    return this.#inComment;
  }

  /**
   * The text without what belongs to a comment line; a part of one at the end is continued by the next text. A text
   * that follows something else than the last one may start a line.
   */
  without(text: string, startsLine = false): string {
    if (startsLine) this.#atLineStart = true;
    if (!this.#inComment && !(this.#atLineStart && text.startsWith(':')) && !text.includes('\n:')) {
      if (text !== '') this.#atLineStart = text.endsWith('\n');
      return text;
    }
    let kept = '';
    let at = 0;
    while (at < text.length) {
      if (this.#inComment || (this.#atLineStart && text.startsWith(':', at))) {
        const end = text.indexOf('\n', at);
        this.#inComment = end < 0;
        this.#atLineStart = true;
        at = end < 0 ? text.length : end + 1;
      } else {
        const comment = text.indexOf('\n:', at);
        const end = comment < 0 ? text.length : comment + 1;
        kept += text.slice(at, end);
        this.#atLineStart = text.charCodeAt(end - 1) === 0x0a;
        at = end;
      }
    }
    return kept;
  }
}
