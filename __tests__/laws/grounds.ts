import { afterEach } from '@jest/globals';
import { NEVER, type Observable, asapScheduler, concat, observeOn } from 'rxjs';
import {
  type Client,
  type ClientOptions,
  type DataTaskPublisherFactory,
  type TaskRequest,
  axiosFactory,
  createClient,
} from '../../src/index.js';
import { type Responder, answer, fakeFactory } from '../../src/testing/index.js';
import type { Exchange } from '../support/exchange.js';
import { faultServer } from '../support/fault-server.js';
import { Watch } from '../support/watch.js';

/** A request as whoever answers it sees it. */
export interface Asked {
  /** Counts from 1 over the ground. */
  readonly n: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly origin: 'home' | 'other';
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

/** What is answered: a whole response unless told otherwise. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, or pieces of it. */
  readonly body?: string | readonly string[];
  /** `cut` breaks off behind the body, `hang` stays open there, `silent` never gives a head, `reset` closes before one. */
  readonly ends?: 'cut' | 'hang' | 'silent' | 'reset';
}

export type Serve = (asked: Asked) => Reply;

/** A place where requests are answered as a test says, and what happened there. */
export interface Ground {
  readonly url: string;
  /** Another origin, answered by the same function. */
  readonly otherUrl: string;
  readonly factory: DataTaskPublisherFactory;
  readonly asked: readonly Asked[];
  /** How many exchanges were left by the client before their end. */
  readonly left: number;
  client(options?: ClientOptions): Client;
  /** Resolves as soon as it holds, checked whenever something happens. */
  until(condition: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

type Open = (serve: Serve) => Promise<Ground>;

const partsOf = ({ body = '' }: Reply): readonly string[] =>
  typeof body === 'string' ? (body === '' ? [] : [body]) : body;

function publisherOf(reply: Reply): ReturnType<typeof answer.hang> {
  const { status = 200, headers = {}, ends } = reply;
  if (ends === 'silent') return answer.hang();
  if (ends === 'reset') return answer.fail('CONNECTION_RESET');
  const type = { 'content-type': 'application/json', ...headers };
  const parts = partsOf(reply);
  const whole = concat(
    answer.status(status, { headers: type }),
    ...parts.map((part) => [{ type: 'chunk' as const, bytes: new TextEncoder().encode(part) }]),
  );
  if (ends === 'hang') return concat(whole, NEVER);
  return ends === 'cut' ? answer.cutAfter(parts.join('').length, whole) : whole;
}

const onFake =
  (how: (publisher: ReturnType<Responder>) => ReturnType<Responder>): Open =>
  (serve) => {
    const asked: Asked[] = [];
    const watch = new Watch();
    const reply = (request: TaskRequest, body: string): ReturnType<Responder> => {
      const { origin, pathname, search } = new URL(request.url);
      const one: Asked = {
        n: asked.length + 1,
        method: request.method,
        path: pathname + search,
        origin: origin === 'http://home.test' ? 'home' : 'other',
        header: (name) => request.headers.get(name),
        body,
      };
      asked.push(one);
      watch.changed();
      return publisherOf(serve(one));
    };
    const fake = fakeFactory((request) => {
      const publisher =
        request.body === undefined
          ? reply(request, '')
          : answer.afterBody(request, (body) => reply(request, new TextDecoder().decode(body)));
      return how(publisher);
    });
    const make: DataTaskPublisherFactory['make'] = (request) =>
      watching(fake.make(request), () => watch.changed());
    const ground = {
      url: 'http://home.test',
      otherUrl: 'http://other.test',
      factory: { make },
      asked,
      get left() {
        return fake.cancelled;
      },
    };
    return Promise.resolve(withClient(ground, watch, () => Promise.resolve()));
  };

/** Calls back when an exchange is over, however. */
function watching<T>(source: Observable<T>, changed: () => void): Observable<T> {
  return new (source.constructor as typeof Observable<T>)((subscriber) => {
    subscriber.add(changed);
    source.subscribe(subscriber);
  });
}

const onSockets =
  (adapter: 'http' | 'fetch'): Open =>
  async (serve) => {
    const asked: Asked[] = [];
    const watch = new Watch();
    let left = 0;
    const script =
      (origin: Asked['origin']) =>
      async (exchange: Exchange): Promise<void> => {
        const body = (await exchange.readBody()).toString();
        const { method, path, headers } = exchange.request;
        const one: Asked = {
          n: asked.length + 1,
          method,
          path,
          origin,
          header: (name) => headers[name.toLowerCase()],
          body,
        };
        asked.push(one);
        watch.changed();
        if ((await replyOver(exchange, serve(one))) === 'left') {
          left++;
          watch.changed();
        }
      };
    const [home, other] = [await faultServer(script('home')), await faultServer(script('other'))];
    const stop = async (): Promise<void> => {
      await Promise.all([home.stop(), other.stop()]);
    };
    const ground = {
      url: home.url,
      otherUrl: other.url,
      factory: axiosFactory({ adapter }),
      asked,
      get left() {
        return left;
      },
    };
    return withClient(ground, watch, stop);
  };

async function replyOver(exchange: Exchange, reply: Reply): Promise<'left' | 'done'> {
  const { status = 200, headers = {}, ends } = reply;
  const closing = ends === undefined ? undefined : exchange.closed.then(() => 'left' as const);
  if (ends === 'silent') return exchange.stall().then(() => 'left');
  if (ends === 'reset') {
    await exchange.reset();
    return 'done';
  }
  const parts = partsOf(reply);
  const type = { 'content-type': 'application/json', ...headers };
  if (ends === undefined) {
    await exchange.respond(status, type, parts.join(''));
    return 'done';
  }
  await exchange.head(status, { 'content-length': parts.join('').length + 10, ...type });
  for (const part of parts) await exchange.body(part);
  if (ends === 'hang') return (await exchange.stall().then(() => closing)) ?? 'done';
  await exchange.end();
  return 'done';
}

function withClient(
  ground: Omit<Ground, 'client' | 'until' | 'stop'>,
  watch: Watch,
  stop: Ground['stop'],
): Ground {
  return Object.defineProperties(
    {
      client: (options: ClientOptions = {}) =>
        createClient({
          baseUrl: ground.url,
          factory: ground.factory,
          allowAbsoluteUrls: true,
          ...options,
        }),
      until: (condition: () => boolean) => watch.until(condition).then(() => undefined),
      stop,
    },
    Object.getOwnPropertyDescriptors(ground),
  ) as Ground;
}

const grounds: Readonly<Record<string, Open>> = {
  'a synchronous fake': onFake((publisher) => publisher),
  'an asynchronous fake': onFake((publisher) => publisher.pipe(observeOn(asapScheduler))),
  'a socket over axios http': onSockets('http'),
  'a socket over axios fetch': onSockets('fetch'),
};

/** The grounds that a law holds on; what a test has opened is closed behind it. */
export function everyGround(): readonly (readonly [name: string, open: Open])[] {
  const opened: Ground[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((ground) => ground.stop()));
  });
  return Object.entries(grounds).map(([name, open]) => [
    name,
    async (serve) => {
      const ground = await open(serve);
      opened.push(ground);
      return ground;
    },
  ]);
}
