export type { DataTaskPublisher, DataTaskPublisherFactory } from '../task/task-handler.js';
export type { TaskEvent } from '../task/task-event.js';
export type { TaskRequest } from '../http/request.js';
export { answer } from './answer.js';
export type { AnswerInit, AnswerTiming } from './exchange-script.js';
export { type Outcome, type OutcomeOptions, expectOutcome } from './expect-outcome.js';
export {
  type FakeExchange,
  type FakeFactory,
  type Responder,
  type RouteAnswer,
  fakeFactory,
} from './fake-factory.js';
export type { HeldTask } from './held-task.js';
export { type MarbleValue, marbleEvents } from './marbles.js';
export type { RequestPattern } from './request-pattern.js';
export {
  type TestController,
  type VerifyOptions,
  createTestController,
} from './test-controller.js';
export {
  type UnimplementedFactory,
  type UnimplementedOptions,
  unimplemented,
} from './unimplemented.js';
