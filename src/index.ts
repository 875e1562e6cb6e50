export {
  createClient,
  type Client,
  type DeleteOptions,
  type ScopedClient,
} from './client/client.js';
export type { ClientOptions } from './client/client-options.js';
export { DataTask } from './client/data-task.js';
export type { RequestInput, RequestOptions } from './client/request-options.js';
export { xsrf, type XsrfOptions } from './client/xsrf.js';

export { type ContextEntry, type ContextToken, TaskContext, contextToken } from './http/context.js';
export { HeaderFields, type HeaderFieldsInit } from './http/header-fields.js';
export { TaskRequest, type Delivery, type TaskRequestParts } from './http/request.js';
export {
  type BodyInput,
  type BodyRecipe,
  type ByteSource,
  type ObservableBytes,
  type RequestBody,
  recipeBody,
} from './http/body.js';
export type { Flow } from './http/flow.js';
export type { QueryParams, QueryValue } from './http/params.js';
export type { ResponseHead, TaskResponse } from './http/response.js';

export type {
  DecodeIssue,
  LimitSubject,
  NetworkCode,
  TaskErrorFields,
  TaskErrorKind,
  TimeoutPhase,
} from './errors/kinds.js';
export {
  type RequestSummary,
  type TaskError,
  type TaskErrorInit,
  type TaskErrorOf,
  isTaskError,
  taskError,
} from './errors/task-error.js';

export { compose } from './task/compose.js';
export { ACCEPT_STATUS, LIMITS, type ResponseLimits } from './task/limits.js';
export { type Policy, type PolicyFaces, policy } from './task/policy.js';
export { RANDOM, SCHEDULER } from './task/surroundings.js';
export type { TaskEvent } from './task/task-event.js';
export type {
  DataTaskPublisher,
  DataTaskPublisherFactory,
  Interceptor,
  TaskHandler,
} from './task/task-handler.js';
export { TaskView } from './task/task-view.js';

export { type Decoder, asBlob, asBytes, asJson, asText } from './decode/decoder.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './decode/standard-schema.js';

export type { RedirectOptions } from './policies/redirect.js';
export { axiosFactory } from './axios/axios-factory.js';
export type { AxiosFactoryOptions, AxiosLike } from './axios/factory-options.js';
export type { AdapterName } from './axios/platform.js';

export { retryTransient } from './policies/retry-transient.js';
export {
  RETRY,
  RETRY_BUDGET,
  type RetryOptions,
  type RetryOverride,
  type RetryRules,
} from './policies/retry-options.js';
export { type RetryBudget, type RetryBudgetOptions, retryBudget } from './policies/retry-budget.js';
export { deadline } from './policies/deadline.js';
export { DEADLINE, type DeadlineOptions, type DeadlineParts } from './policies/deadline-parts.js';
export { CONNECTING, type ConnectWatch } from './task/connect-watch.js';
export { INTERIM, type InterimResponse } from './task/interim-watch.js';

export { AUTH } from './auth/auth.js';
export { authenticate } from './auth/authenticate.js';
export type { AuthenticateOptions } from './auth/authenticate-options.js';
export { type BasicOptions, basic } from './auth/basic.js';
export { bearer } from './auth/bearer.js';
export { DEDUPE, type DedupeOptions, dedupe } from './policies/dedupe.js';
export {
  type LimitConcurrencyOptions,
  PRIORITY,
  limitConcurrency,
} from './policies/limit-concurrency.js';
export { type LogEntry, type LogTasksOptions, logTasks } from './policies/log-tasks.js';
export { type ToCurlOptions, toCurl } from './policies/to-curl.js';
export { type TaskResult, asResult } from './task/as-result.js';
export { catchKind } from './task/catch-kind.js';
