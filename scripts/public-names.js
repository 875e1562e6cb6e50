import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { packed } from './pack.js';

/** The entry points with the name of their API report. */
export const entries = { '.': 'coldwire', './testing': 'coldwire-testing' };

/** The .d.ts of an entry point in the packed package. */
export function typesOf(door) {
  const { folder } = packed();
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, exports[door].import.types);
}

/** What an entry point exports: each with its name and docstring, and whether it is there at run time. */
export function publicNames(door) {
  const file = typesOf(door);
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const surface = checker.getSymbolAtLocation(program.getSourceFile(file));
  return checker.getExportsOfModule(surface).map((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return {
      name: symbol.getName(),
      isValue: (target.flags & ts.SymbolFlags.Value) !== 0,
      doc: ts.displayPartsToString(target.getDocumentationComment(checker)).trim(),
    };
  });
}
