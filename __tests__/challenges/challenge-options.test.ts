import { describe, expect, it } from '@jest/globals';
import { isTaskError } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import type { CredentialStorage } from '../../src/challenges/credential-storage.js';

describe('an option of answerChallenges', () => {
  it.each([
    [{ schemes: {} }, 'schemes'],
    [{ schemes: [{ name: 'x' }] }, 'schemes[0]'],
    [{ proxyOrigin: 'proxy' }, 'proxyOrigin'],
    [{ proxyOrigin: 'http://proxy/path' }, 'proxyOrigin'],
    [{ preemptive: 'no' }, 'preemptive'],
    [{ onChallenge: {} }, 'onChallenge'],
    [{ storage: null }, 'storage'],
  ])('that is wrong is named: %j', (options, field) => {
    let error: unknown;
    try {
      answerChallenges(options as never);
    } catch (cause) {
      error = cause;
    }
    expect(isTaskError(error, 'request') && error.field).toMatch(
      new RegExp(`^answerChallenges\\.${field.replace(/[[\]]/g, '\\$&')}`),
    );
  });

  it('names the option that is wrong', () => {
    expect(() => answerChallenges({ probe: 'POST' as 'HEAD' })).toThrow(/answerChallenges\.probe/);
    expect(() => answerChallenges({ storage: {} as CredentialStorage })).toThrow(/storage\.list/);
    expect(() => answerChallenges({ onChalenge: 1 } as never)).toThrow(/onChalenge/);
  });
});
