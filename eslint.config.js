import js from '@eslint/js';
import rxjs from 'eslint-plugin-rxjs-x';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';
import globals from './scripts/node-globals.js';

const off = (...rules) => Object.fromEntries(rules.map((rule) => [rule, 'off']));

const style = [
  { selector: 'TSEnumDeclaration', message: 'A union of literals says the same.' },
  { selector: 'ExportAllDeclaration', message: 'Name what a door lets out.' },
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
];

const TIME =
  'One clock: take time from the scheduler, and randomness from the source, that are given.';
// `instanceof Date`, `Date.parse` and `new Date(timeMs)` read no clock.
const clock = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: TIME },
  { selector: "CallExpression[callee.name='Date']", message: TIME },
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: TIME },
];
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'performance'];

const hollow = {
  selector:
    'CallExpression[callee.object.name=/^(it|test|describe)$/][callee.property.name=/^(skip|only|todo)$/]',
  message: 'Every promise is put to the test, on every run.',
};

export default defineConfig(
  { ignores: ['dist', 'coverage', '**/.cache', '**/node_modules', 'examples/*/dist'] },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals },
  },
  {
    files: ['**/*.ts'],
    extends: [ts.configs.strictTypeChecked, rxjs.configs.strict],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-restricted-syntax': ['error', ...style],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      ...off(
        // Two faces under one name need them.
        '@typescript-eslint/no-unnecessary-type-parameters',
        '@typescript-eslint/unified-signatures',
        '@typescript-eslint/no-invalid-void-type',
        // A request is a class of plain fields: `clone` spreads it.
        '@typescript-eslint/no-misused-spread',
        // A policy hands errors on as they came.
        'rxjs-x/throw-error',
      ),
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'no-restricted-globals': ['error', ...timers.map((name) => ({ name, message: TIME }))],
      'no-restricted-syntax': ['error', ...style, ...clock],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: TIME },
        { object: 'AbortSignal', property: 'timeout', message: TIME },
        {
          object: 'AbortSignal',
          property: 'any',
          message: 'On Node 20 it did not fire under memory pressure.',
        },
        ...timers.map((property) => ({ object: 'globalThis', property, message: TIME })),
      ],
      ...off(
        // A task is an Observable, and policies subscribe inside one: cancellation is wired there.
        'rxjs-x/no-subclass',
        'rxjs-x/no-nested-subscribe',
        'rxjs-x/prefer-observer',
      ),
    },
  },
  {
    // A step is one Subscriber chained through the constructor that rxjs keeps for operators.
    files: ['src/task/stage.ts'],
    rules: off('@typescript-eslint/no-deprecated'),
  },
  {
    // Tests hold servers, fakes and broken input in their hands.
    files: ['__tests__/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', hollow],
      ...off(
        '@typescript-eslint/no-confusing-void-expression',
        '@typescript-eslint/no-deprecated',
        '@typescript-eslint/no-dynamic-delete',
        '@typescript-eslint/no-empty-function',
        '@typescript-eslint/no-explicit-any',
        '@typescript-eslint/no-misused-promises',
        '@typescript-eslint/no-non-null-assertion',
        '@typescript-eslint/no-unnecessary-condition',
        '@typescript-eslint/no-unnecessary-type-assertion',
        '@typescript-eslint/no-unsafe-argument',
        '@typescript-eslint/no-unsafe-assignment',
        '@typescript-eslint/no-unsafe-call',
        '@typescript-eslint/no-unsafe-member-access',
        '@typescript-eslint/no-unsafe-return',
        '@typescript-eslint/no-unsafe-type-assertion',
        '@typescript-eslint/only-throw-error',
        '@typescript-eslint/prefer-promise-reject-errors',
        '@typescript-eslint/require-await',
        '@typescript-eslint/unbound-method',
        '@typescript-eslint/use-unknown-in-catch-callback-variable',
        'rxjs-x/no-exposed-subjects',
        'rxjs-x/no-floating-observables',
        'rxjs-x/no-ignored-default-value',
        'rxjs-x/no-ignored-error',
        'rxjs-x/no-ignored-notifier',
        'rxjs-x/no-ignored-replay-buffer',
        'rxjs-x/no-ignored-takewhile-value',
        'rxjs-x/no-implicit-any-catch',
        'rxjs-x/no-nested-subscribe',
        'rxjs-x/no-sharereplay',
        'rxjs-x/no-unsafe-subject-next',
        'rxjs-x/prefer-observer',
      ),
    },
  },
);
