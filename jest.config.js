import { lacking as lackingFor } from './scripts/programs.js';

/** Tests that need programs, by the end of their names: left out, and named at the end, where one is not here. */
const NEEDING = {
  browser: '-browser\\.test\\.ts$',
  keyChain: '-key-chain\\.test\\.ts$',
  servers: '-servers\\.test\\.ts$',
};
const kinds = Object.keys(NEEDING);
const lacking = kinds.flatMap(lackingFor);

const floor = {
  '^axios$': 'axios-floor',
  '^axios/(.*)$': 'axios-floor/$1',
  '^rxjs$': 'rxjs-floor',
  '^rxjs/(.*)$': 'rxjs-floor/$1',
};

const shared = {
  roots: ['<rootDir>/src', '<rootDir>/__tests__'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^coldwire$': '<rootDir>/src/index.ts',
    '^coldwire/(.+)$': '<rootDir>/src/$1/index.ts',
    '^nock$': '<rootDir>/__tests__/support/nock.ts',
    '^#platform$': '<rootDir>/src/axios/platform-node.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/tsconfig.json' }] },
  setupFilesAfterEnv: ['<rootDir>/__tests__/support/setup.ts'],
};

const node = {
  ...shared,
  displayName: 'node',
  testEnvironment: 'node',
  testMatch: ['**/__tests__/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '\\.dom\\.test\\.ts$',
    ...kinds.filter((kind) => lackingFor(kind).length > 0).map((kind) => NEEDING[kind]),
  ],
};

const dom = {
  ...shared,
  displayName: 'dom',
  testEnvironment: '<rootDir>/__tests__/support/dom-environment.cjs',
  moduleNameMapper: {
    ...shared.moduleNameMapper,
    '^#platform$': '<rootDir>/src/axios/platform-browser.ts',
  },
  testMatch: ['**/__tests__/**/*.dom.test.ts'],
};

/** The oldest axios and rxjs that we support, under the suites that stand on them: scripts/jest.js --floor. */
const oldestPeers = {
  ...node,
  displayName: 'floor',
  testMatch: [
    '**/__tests__/axios/**/*.test.ts',
    '**/__tests__/contracts/**/*.test.ts',
    '**/__tests__/task/**/*.test.ts',
    '**/__tests__/client/**/*.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/', NEEDING.browser],
  moduleNameMapper: { ...shared.moduleNameMapper, ...floor },
};

/** @type {import('jest').Config} */
export default {
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts'],
  coverageReporters: ['text-summary', 'lcovonly', 'json-summary'],
  reporters: ['default', ['<rootDir>/scripts/closing-line.js', { lacking }]],
  coverageThreshold: { global: { statements: 92, branches: 92, functions: 92, lines: 92 } },
  // A busy machine is no failure: a test that waits for what never comes fails a little later.
  testTimeout: 60_000,
  maxWorkers: 2,
  projects: process.env.PEERS ? [node, dom, oldestPeers] : [node, dom],
};
