import { type BodyInput, encodeBody } from '../http/body.js';
import { type ContextEntry, type TaskContext, checkedEntries } from '../http/context.js';
import { type HeaderFields, type HeaderFieldsInit } from '../http/header-fields.js';
import { invalid } from '../http/invalid-input.js';
import { checkFunction, checkOptionNames, ownOptions } from '../http/option-checks.js';
import { type QueryParams, serializeParams } from '../http/params.js';
import { TaskRequest } from '../http/request.js';
import { checkUnframed, checkedMethod } from '../http/sendable.js';
import { type BaseUrl, appendQuery, resolveUrl } from '../http/url.js';
import { asJson, asSchema, type Decoder } from '../decode/decoder.js';
import { type StandardSchema, isStandardSchema } from '../decode/standard-schema.js';
import { ACCEPT_STATUS } from '../task/limits.js';

/** What a verb takes beside its URL and body. */
export interface RequestOptions<T = unknown> {
  /** The query, appended to the URL; nested values as axios writes them. */
  readonly params?: QueryParams;
  /** Header fields over the client's; `undefined` takes one away. */
  readonly headers?: HeaderFieldsInit;
  /** Typed values for this request: `[RETRY.of({ maxAttempts: 1 }), DEADLINE.of(false)]`. */
  readonly context?: readonly (ContextEntry<never> | ContextEntry)[];
  /** A signal of the caller's: aborting it is an `aborted` error, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** How the body becomes a value: a decoder or a Standard Schema. Default JSON. */
  readonly decode?: Decoder<T> | StandardSchema<T>;
  /** Which status codes are answers rather than `status` errors. Default 200 to 299. */
  readonly acceptStatus?: (status: number) => boolean;
  /** `reload` sends `Cache-Control: no-cache`, `no-store` sends `no-store`: caches on the way are passed by. */
  readonly cache?: 'reload' | 'no-store';
}

/** A whole request for `client.request`. */
export interface RequestInput<T = unknown> extends RequestOptions<T> {
  readonly url: string;
  /** Default `GET`; sent in upper case. */
  readonly method?: string;
  /** See {@link BodyInput}. A body on GET, HEAD or TRACE is refused. */
  readonly body?: BodyInput;
}

const KNOWN = [
  'url',
  'method',
  'body',
  'params',
  'headers',
  'context',
  'signal',
  'decode',
  'acceptStatus',
  'cache',
];
const WITHOUT_BODY = /^(GET|HEAD|TRACE)$/;

/** What a client knows when it builds a request. */
export interface RequestGround {
  readonly base: BaseUrl | undefined;
  readonly allowAbsoluteUrls: boolean;
  readonly headers: HeaderFields;
  readonly context: TaskContext;
}

/** Builds the request. @throws InvalidInput for anything that cannot be sent */
export function buildRequest(ground: RequestGround, given: RequestInput): TaskRequest {
  if (typeof given !== 'object' || (given as unknown) === null)
    throw invalid('request', 'an object', given);
  checkOptionNames('', given, KNOWN);
  const input = ownOptions(given);
  const method = input.method === undefined ? 'GET' : checkedMethod(input.method);
  const url = resolveUrl(ground.base, input.url, ground.allowAbsoluteUrls);
  const body = encodeBody(input.body);
  if (body !== undefined && WITHOUT_BODY.test(method))
    throw invalid('body', `a ${method} has no body`, undefined, 'BODY_NOT_ALLOWED');
  return new TaskRequest({
    method,
    url: withoutFragment(
      input.params === undefined ? url : appendQuery(url, serializeParams(input.params)),
    ),
    headers: headersOf(ground.headers, input),
    body,
    context: contextOf(ground.context, input),
    signal: signalOf(input.signal),
    // Said although they are the defaults: what is left out would be read through the prototype.
    attempt: 1,
    delivery: 'buffered',
    progress: false,
    flow: undefined,
  });
}

/** The decoder that `decode:` stands for. */
export function decoderOf<T>(decode: Decoder<T> | StandardSchema<T> | undefined): Decoder<T> {
  if (decode === undefined) return asJson as Decoder<T>;
  if (isStandardSchema(decode)) return asSchema(decode);
  checkFunction('decode', decode);
  return decode;
}

function headersOf(defaults: HeaderFields, { headers, cache }: RequestInput): HeaderFields {
  const merged = headers === undefined ? defaults : defaults.merge(headers);
  checkUnframed(merged);
  if (cache !== undefined && (cache as unknown) !== 'reload' && (cache as unknown) !== 'no-store')
    throw invalid('cache', "'reload' or 'no-store'", cache);
  return cache === undefined
    ? merged
    : merged.set('cache-control', cache === 'reload' ? 'no-cache' : 'no-store');
}

function contextOf(defaults: TaskContext, { context, acceptStatus }: RequestInput): TaskContext {
  const given = context === undefined ? defaults : defaults.with(checkedEntries(context));
  if (acceptStatus === undefined) return given;
  checkFunction('acceptStatus', acceptStatus);
  return given.with([ACCEPT_STATUS.of(acceptStatus)]);
}

function signalOf(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (
    signal !== undefined &&
    typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== 'function'
  )
    throw invalid('signal', 'an AbortSignal', signal);
  return signal;
}

function withoutFragment(url: string): string {
  const mark = url.indexOf('#');
  return mark < 0 ? url : url.slice(0, mark);
}
