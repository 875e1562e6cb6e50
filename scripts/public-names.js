import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { packed } from './pack.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const doors = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports);

/**
 * The entry points with the name of their API report.
 * @type {Record<string, string>}
 */
export const entries = Object.fromEntries(
  doors
    .filter((door) => door !== './package.json')
    .map((door) => [door, `coldwire${door.slice(1).replaceAll('/', '-')}`]),
);

const options = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'],
  types: ['node'],
  noEmit: true,
};

/** The .d.ts of an entry point in the packed package. */
export function typesOf(door) {
  const { folder } = packed();
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, exports[door].import.types);
}

/**
 * What a .d.ts exports, values and types, each with its docstring.
 * @param {string} file
 */
export function exportsOf(file) {
  const { checker, source } = read(file);
  const surface = checker.getSymbolAtLocation(source);
  return checker.getExportsOfModule(surface).map((symbol) => {
    const alias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const target = alias ? checker.getAliasedSymbol(symbol) : symbol;
    const doc = ts.displayPartsToString(target.getDocumentationComment(checker)).trim();
    return { name: symbol.getName(), doc };
  });
}

/**
 * Every name, of a value or a type, that a module finds without importing it, in Node and in browsers.
 * @param {string} file any module
 */
export function globalNames(file) {
  const { checker, source } = read(file);
  const local = new Set(checker.getExportsOfModule(checker.getSymbolAtLocation(source)));
  return checker
    .getSymbolsInScope(source, ts.SymbolFlags.Value | ts.SymbolFlags.Type)
    .filter((symbol) => !local.has(symbol) && !symbol.declarations?.some(isIn(source)))
    .map((symbol) => symbol.getName());
}

const parsed = new Map();
const host = ts.createCompilerHost(options);
const parse = host.getSourceFile;
host.getSourceFile = (path, ...rest) => {
  if (!parsed.has(path)) parsed.set(path, parse(path, ...rest));
  return parsed.get(path);
};

function read(file) {
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  if (!source) throw new Error(`There is no ${file}`);
  return { checker: program.getTypeChecker(), source };
}

function isIn(source) {
  return (declaration) => declaration.getSourceFile() === source;
}
