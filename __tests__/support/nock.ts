/**
 * `import nock from 'nock'` in a test file lands here: nock is active in the files that ask for it, and only there, so
 * that the others talk to their loopback servers through the platform's own sockets.
 */
import { afterAll, afterEach, beforeEach } from '@jest/globals';
import nock from 'nock/index.js';

beforeEach(() => {
  if (!nock.isActive()) nock.activate();
  nock.disableNetConnect();
  nock.enableNetConnect(/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/);
});
afterEach(() => {
  nock.abortPendingRequests();
  nock.cleanAll();
});
afterAll(() => {
  nock.restore();
});

export default nock;
