import { existsSync } from 'node:fs';
import { lackingKeyChain } from './scripts/key-chain.js';
import { lackingServers } from './scripts/servers.js';

const IN_BROWSER = '-browser\\.test\\.ts$';
const ON_A_KEY_CHAIN = '-key-chain\\.test\\.ts$';
const WITH_SERVERS = '-servers\\.test\\.ts$';
const browser = existsSync('/usr/bin/chromium') ? [] : ['/usr/bin/chromium'];
const keyChain = lackingKeyChain();
const servers = lackingServers();
const lacking = [...browser, ...keyChain, ...servers];

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
    ...(browser.length > 0 ? [IN_BROWSER] : []),
    ...(keyChain.length > 0 ? [ON_A_KEY_CHAIN] : []),
    ...(servers.length > 0 ? [WITH_SERVERS] : []),
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
  testPathIgnorePatterns: ['/node_modules/', IN_BROWSER],
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
