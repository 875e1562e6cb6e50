import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MOST_LINES_OF_README = 400;

const documents = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...(readdirSync(join(root, 'docs'), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const text = (name: string): string => readFileSync(join(root, name), 'utf8');
const prose = (name: string): string => text(name).replace(/^```[\s\S]*?^```/gm, '');

/** Relative links and pictures of a document. */
function linksOf(name: string): string[] {
  return [...prose(name).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that headings make, as code hosts write them. */
function anchorsOf(name: string): string[] {
  return [...prose(name).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-'),
  );
}

function isDead(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : normalize(join(dirname(document), path));
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
}

describe('the documents', () => {
  it.each(documents)('have no dead link: %s', (name) => {
    expect(linksOf(name).filter((link) => isDead(name, link))).toEqual([]);
  });

  it('are all to be reached from the README', () => {
    const reached = new Set<string>();
    const visit = (name: string): void => {
      if (reached.has(name)) return;
      reached.add(name);
      for (const link of linksOf(name)) {
        const target = normalize(join(dirname(name), link.split('#')[0] ?? ''));
        if (documents.includes(target)) visit(target);
        else if (documents.some((one) => one.startsWith(target))) folder(target);
      }
    };
    const folder = (path: string): void => {
      for (const name of documents) if (dirname(name) === path.replace(/\/$/, '')) visit(name);
    };
    visit('README.md');
    expect(documents.filter((name) => !reached.has(name))).toEqual([]);
  });

  it('begin with a README that is read at one sitting', () => {
    expect(text('README.md').split('\n').length).toBeLessThanOrEqual(MOST_LINES_OF_README);
  });
});
