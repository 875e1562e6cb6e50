import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { entries, typesOf } from '../../scripts/public-names.js';

/** A .d.ts, and those that it leads to, parsed. */
function reachableFrom(entry: string): ts.SourceFile[] {
  const found = new Map<string, ts.SourceFile>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    const text = readFileSync(file, 'utf8');
    found.set(file, ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
    for (const name of importsOf(text)) {
      if (name.startsWith('.')) visit(join(dirname(file), name.replace(/\.js$/, '.d.ts')));
    }
  };
  visit(entry);
  return [...found.values()];
}

function importsOf(text: string): string[] {
  const { importedFiles, referencedFiles, typeReferenceDirectives } = ts.preProcessFile(text);
  return [...importedFiles, ...referencedFiles, ...typeReferenceDirectives].map(
    ({ fileName }) => fileName,
  );
}

/** Where a file says `any`: a parameter of that type would switch the compiler off for the user. */
function anysIn(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${file.fileName}:${String(line + 1)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const doors = Object.keys(entries);

describe.each(doors)('the types of %s', (door) => {
  const files = reachableFrom(typesOf(door));

  it('are spread over files that this test follows', () => {
    expect(files.length).toBeGreaterThan(5);
  });

  it('come from the package itself and rxjs alone: C5, no type of axios leaks', () => {
    const outside = files
      .flatMap(({ text }) => importsOf(text))
      .filter((name) => !name.startsWith('.') && name !== 'rxjs');
    expect([...new Set(outside)]).toEqual([]);
  });

  it('never say any', () => {
    expect(files.flatMap(anysIn)).toEqual([]);
  });
});
