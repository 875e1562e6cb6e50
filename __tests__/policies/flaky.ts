import {
  type Client,
  type ClientOptions,
  type DataTaskPublisher,
  type DataTaskPublisherFactory,
  type RetryOptions,
  createClient,
} from '../../src/index.js';
import { type FakeFactory, answer, fakeFactory } from '../../src/testing/index.js';

/** A client over a fake, whose draws are all in the middle. */
export function over(factory: DataTaskPublisherFactory, options: ClientOptions = {}): Client {
  return createClient({
    baseUrl: 'https://api.example.com',
    factory,
    random: () => 0.5,
    ...options,
  });
}

/** Answers in turn; the last one stays. */
export function inTurn(...answers: DataTaskPublisher[]): FakeFactory {
  let turn = 0;
  return fakeFactory(() => answers[Math.min(turn++, answers.length - 1)]!);
}

/** Answers with these statuses in turn, the body being the status. */
export function flaky(...statuses: number[]): FakeFactory {
  return inTurn(...statuses.map((status) => answer.json(status, status)));
}

/** No pause between attempts. */
export const AT_ONCE: RetryOptions = { baseDelayMs: 0 };
