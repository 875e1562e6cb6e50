/** What is to be done with a block, by the word after `ts`. */
export type SnippetUse = 'run' | 'no-run' | 'test' | 'foreign';

/** One fenced block of a document. */
export interface Snippet {
  /** The document's name and the line of the fence. */
  readonly place: string;
  readonly use: SnippetUse;
  /** The text, each line where it stands in the document, so that a compiler's line numbers are the document's. */
  readonly text: string;
  /** What must be printed, in order. */
  readonly prints: readonly string[];
}

const FENCE = /^```(\S*)[ \t]*(.*)\n([\s\S]*?)^```[ \t]*$/gm;
const SETUP = /<!-- snippet\n((?:(?!-->)[\s\S])*)-->\s*$/;
const USES: Readonly<Record<string, SnippetUse>> = {
  '': 'run',
  continues: 'run',
  'no-run': 'no-run',
  test: 'test',
  foreign: 'foreign',
};

/** The `ts` blocks of a document. Throws where a fence is not one that the convention knows. */
export function snippetsOf(document: string, markdown: string): Snippet[] {
  const hidden = /^[ \t>]+```(ts|typescript)\b/m.exec(markdown);
  if (hidden) throw new Error(`${document}: a ts fence must start its line: ${hidden[0]}`);
  const snippets: Snippet[] = [];
  for (const match of markdown.matchAll(FENCE)) {
    const [, language, word = '', code = ''] = match;
    if (language !== 'ts' && language !== 'typescript') continue;
    const place = `${document}:${String(lineOf(markdown, match.index))}`;
    const use = language === 'ts' ? USES[word.trim()] : undefined;
    if (use === undefined) throw new Error(`${place}: "${language} ${word}" is no kind of snippet`);
    const start = markdown.indexOf('\n', match.index) + 1;
    const own = placed(
      placed('', markdown, ...setupBefore(markdown, match.index)),
      markdown,
      start,
      code,
    );
    const before = word.trim() === 'continues' ? snippets.at(-1)?.text : '';
    if (before === undefined) throw new Error(`${place}: there is no block to continue`);
    const text = overlaid(before, own);
    snippets.push({ place, use, text, prints: printsOf(text) });
  }
  return snippets;
}

/** The hidden set-up that ends right before a fence: where it starts, and its text. */
function setupBefore(markdown: string, fence: number): [number, string] {
  const match = SETUP.exec(markdown.slice(0, fence));
  if (match === null || markdown.slice(0, fence).lastIndexOf('```') > match.index)
    return [fence, ''];
  return [match.index + match[0].indexOf('\n') + 1, match[1] ?? ''];
}

/** `code` behind `text`, on the line on which it stands in the document. */
function placed(text: string, markdown: string, index: number, code: string): string {
  const missing = lineOf(markdown, index) - 1 - (text.split('\n').length - 1);
  return text + '\n'.repeat(Math.max(0, missing)) + code;
}

/** Two texts over each other: each has nothing where the other has something. */
function overlaid(first: string, second: string): string {
  const [above, below] = [first.split('\n'), second.split('\n')];
  const length = Math.max(above.length, below.length);
  return Array.from({ length }, (_, line) => below[line] || (above[line] ?? '')).join('\n');
}

function lineOf(markdown: string, index: number): number {
  return markdown.slice(0, index).split('\n').length;
}

function printsOf(text: string): string[] {
  return [...text.matchAll(/\/\/ prints (.*)$/gm)].map(([, printed]) => (printed ?? '').trim());
}
