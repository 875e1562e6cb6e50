// AXIOS=floor and RXJS=floor run the suite against the oldest peers that we support.
const floor = {
  ...(process.env.AXIOS === 'floor' && {
    '^axios$': 'axios-floor',
    '^axios/(.*)$': 'axios-floor/$1',
  }),
  ...(process.env.RXJS === 'floor' && {
    '^rxjs$': 'rxjs-floor',
    '^rxjs/(.*)$': 'rxjs-floor/$1',
  }),
};

const shared = {
  roots: ['<rootDir>/src', '<rootDir>/__tests__'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^coldwire$': '<rootDir>/src/index.ts',
    '^coldwire/testing$': '<rootDir>/src/testing/index.ts',
    '^nock$': '<rootDir>/__tests__/support/nock.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
    ...floor,
  },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/tsconfig.json' }] },
  setupFilesAfterEnv: ['<rootDir>/__tests__/support/setup.ts'],
};

/** @type {import('jest').Config} */
export default {
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts'],
  coverageReporters: ['text-summary', 'lcovonly', 'json-summary'],
  reporters: ['default', '<rootDir>/scripts/closing-line.js'],
  maxWorkers: 2,
  projects: [
    {
      ...shared,
      displayName: 'node',
      testEnvironment: 'node',
      testMatch: ['**/__tests__/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.dom\\.test\\.ts$'],
    },
    {
      ...shared,
      displayName: 'dom',
      testEnvironment: '<rootDir>/__tests__/support/dom-environment.cjs',
      testMatch: ['**/__tests__/**/*.dom.test.ts'],
    },
  ],
};
