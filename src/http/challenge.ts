/**
 * One challenge of `WWW-Authenticate` or `Proxy-Authenticate` (RFC 9110 section 11.3): a scheme with either a single
 * token68 or named parameters.
 */
export interface Challenge {
  /** In lower case: `basic`, `digest`, `bearer`. */
  readonly scheme: string;
  /** By lower-case name; of a name given twice the first value. */
  readonly params: Readonly<Record<string, string>>;
  readonly token68: string | undefined;
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
/** A name with a value; `abc=` and `abc==` at the end of a challenge are a token68. */
const PARAMETER = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]*=[ \t]*[^\s,=]/y;
const BLANK = /[ \t]*/y;
const SEPARATORS = /[ \t,]*/y;
const QUOTED = /"(?:[^"\\]|\\[^])*"/y;
const UNQUOTED = /[^\s,]*/y;
const LONGEST = 65_536;

/**
 * Reads the challenges of one or more field lines, in their order. Whatever is not understood is passed over up to the
 * next comma: it throws nothing, takes linear time, and a broken challenge does not swallow the next.
 *
 * @example
 * parseChallenges(['Digest realm="a, b", nonce="x", Basic realm="simple"']).map(({ scheme }) => scheme); // ['digest', 'basic']
 */
export function parseChallenges(lines: readonly string[]): Challenge[] {
  return lines.flatMap((line) => new ChallengeReader(line.slice(0, LONGEST)).read());
}

class ChallengeReader {
  readonly #text: string;
  readonly #challenges: {
    scheme: string;
    params: Record<string, string>;
    token68: string | undefined;
  }[] = [];
  #at = 0;
  /** From here on there is no closing quote: looked for once, so that many open quotes stay linear. */
  #lastQuote: number;

  constructor(text: string) {
    this.#text = text;
    this.#lastQuote = text.lastIndexOf('"');
  }

  read(): Challenge[] {
    for (this.#match(SEPARATORS); this.#at < this.#text.length; this.#match(SEPARATORS)) {
      const word = this.#match(TOKEN);
      if (word === '' || !this.#understand(word)) this.#skip();
    }
    return this.#challenges;
  }

  #understand(word: string): boolean {
    const current = this.#challenges.at(-1);
    const gap = this.#match(BLANK);
    if (this.#text[this.#at] === '=' && this.#text[this.#at + 1] !== '=') {
      if (current === undefined || current.token68 !== undefined) return false;
      this.#at += 1;
      this.#match(BLANK);
      const value = this.#value();
      const name = word.toLowerCase();
      if (value !== undefined && !Object.hasOwn(current.params, name)) current.params[name] = value;
      return value !== undefined;
    }
    const atEnd = this.#at >= this.#text.length || this.#text[this.#at] === ',';
    const token68 = atEnd || this.#sees(PARAMETER) ? undefined : this.#match(TOKEN68);
    if (token68 === '' || (!atEnd && gap === '')) return false;
    this.#challenges.push({
      scheme: word.toLowerCase(),
      params: Object.create(null) as Record<string, string>,
      token68,
    });
    return true;
  }

  #value(): string | undefined {
    if (this.#text[this.#at] !== '"') return this.#match(UNQUOTED);
    const start = this.#at;
    const quoted = start < this.#lastQuote ? this.#match(QUOTED) : '';
    if (quoted !== '' && !this.#opensAnother(quoted))
      return quoted.slice(1, -1).replace(/\\([^])/g, '$1');
    // The quote is never closed: the value ends where the next comma is, and what follows is read on its own.
    if (quoted === '') this.#lastQuote = start;
    this.#at = start + 1;
    const end = this.#text.indexOf(',', this.#at);
    const value = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end;
    return value.trimEnd();
  }

  /** Whether what seems to close a quote is where the next value begins: `a="never closed, b="c"`. */
  #opensAnother(quoted: string): boolean {
    const isLoose = this.#at < this.#text.length && !/[ \t,]/.test(this.#text.charAt(this.#at));
    return isLoose && quoted.includes(',') && /=[ \t]*"$/.test(quoted);
  }

  #skip(): void {
    const comma = this.#text.indexOf(',', this.#at);
    this.#at = comma < 0 ? this.#text.length : comma;
  }

  #sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}

/** Writes challenges as a field value that {@link parseChallenges} reads back. */
export function printChallenges(challenges: readonly Challenge[]): string {
  return challenges.map(print).join(', ');
}

function print({ scheme, params, token68 }: Challenge): string {
  if (token68 !== undefined) return `${scheme} ${token68}`;
  const pairs = Object.entries(params).map(
    ([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`,
  );
  return pairs.length === 0 ? scheme : `${scheme} ${pairs.join(', ')}`;
}
