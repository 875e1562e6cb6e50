import { describe, expect, it } from '@jest/globals';
import { snippetsOf } from './snippet-blocks.js';

const fence = '```';
const markdown = (...lines: string[]) => lines.join('\n').replaceAll("'''", fence);

describe('snippetsOf', () => {
  it('leaves each line where it stands in the document', () => {
    const [snippet] = snippetsOf(
      'a.md',
      markdown('# A', '', "'''ts", 'one();', 'two();', "'''", ''),
    );
    expect(snippet?.place).toBe('a.md:3');
    expect(snippet?.text.split('\n').indexOf('two();')).toBe(4);
  });

  it('puts a hidden set-up in front of the block that follows it, and of no other', () => {
    const text = markdown(
      '<!-- snippet',
      'setup();',
      '-->',
      "'''ts",
      'one();',
      "'''",
      "'''ts",
      'two();',
      "'''",
      '<!-- snippet',
      'again();',
      '-->',
      "'''ts",
      'three();',
      "'''",
      '',
    );
    const texts = snippetsOf('a.md', text).map((snippet) => snippet.text.trim());
    expect(texts).toEqual(['setup();\n\n\none();', 'two();', 'again();\n\n\nthree();']);
  });

  it('puts what went before in front of a block that continues it', () => {
    const text = markdown(
      "'''ts",
      'one();',
      "'''",
      'words',
      "'''ts continues",
      'two();',
      "'''",
      "'''ts continues",
      'three();',
      "'''",
      '',
    );
    const last = snippetsOf('a.md', text).at(-1)?.text ?? '';
    expect(last.split('\n').filter((line) => line !== '')).toEqual([
      'one();',
      'two();',
      'three();',
    ]);
    expect(last.split('\n').indexOf('three();')).toBe(8);
  });

  it('reads what is to be printed, in order, and what is to be done', () => {
    const text = markdown(
      "'''ts",
      'log(1); // prints 1',
      'log(2); // prints 2 ',
      "'''",
      "'''ts no-run",
      "'''",
      '',
    );
    expect(snippetsOf('a.md', text)).toMatchObject([
      { use: 'run', prints: ['1', '2'] },
      { use: 'no-run', prints: [] },
    ]);
  });

  it.each([
    ['a word it does not know', "'''ts later\n'''\n"],
    ['another name of the language', "'''typescript\n'''\n"],
    ['a fence inside a list', "- x\n  '''ts\n  '''\n"],
    ['nothing to continue', "'''ts continues\n'''\n"],
  ])('refuses %s, so that no block is passed over in silence', (_what, text) => {
    expect(() => snippetsOf('a.md', markdown(text))).toThrow('a.md');
  });
});
