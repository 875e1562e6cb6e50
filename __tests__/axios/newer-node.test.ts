import { describe, expect, it } from '@jest/globals';
import { toTaskError } from '../../src/axios/axios-error.js';
import { nodeFailures } from '../../src/axios/failure-codes.js';
import { TaskRequest } from '../../src/index.js';

/** What `fetch` of newer versions of Node fails with, which the Node that runs this need not do. */
const failed = (cause: object): TypeError => new TypeError('fetch failed', { cause });
const parser = failed(Object.assign(new Error('not HTTP'), { name: 'HTTPParserError' }));
const lengths = failed(
  Object.assign(new Error('mismatch'), { code: 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' }),
);

const request = new TaskRequest({ method: 'GET', url: 'http://a.test/' });
const codeOf = (cause: unknown, answered: boolean): unknown =>
  toTaskError(cause, { request, answered, sent: true, failures: nodeFailures });

describe('what the fetch of newer versions of Node fails with', () => {
  it('is MALFORMED_RESPONSE where its parser fails, by a name instead of a code', () => {
    expect(codeOf(parser, false)).toMatchObject({ code: 'MALFORMED_RESPONSE' });
  });

  it('is MALFORMED_RESPONSE where two lengths differ before the head, and BODY_TRUNCATED behind it', () => {
    expect(codeOf(lengths, false)).toMatchObject({ code: 'MALFORMED_RESPONSE' });
    expect(codeOf(lengths, true)).toMatchObject({ code: 'BODY_TRUNCATED' });
  });
});
