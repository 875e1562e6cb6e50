// What a user writes, compiled as a user compiles it: strict, with the types of the libraries checked too.
import { type Observable, map } from 'rxjs';
import {
  type Client,
  type DataTaskPublisherFactory,
  type Interceptor,
  type TaskError,
  createClient,
  isTaskError,
  policy,
} from 'coldwire';
import * as testing from 'coldwire/testing';

interface User {
  readonly id: number;
  readonly name: string;
}

export const tagged: Interceptor = (request, next) =>
  next(request.clone({ headers: request.headers.set('X-Tag', 'blue') }));

const plain = policy({ name: 'plain', intercept: (request, next) => next(request) });

export class UserService {
  readonly #client: Client;

  constructor(factory?: DataTaskPublisherFactory) {
    this.#client = createClient({
      baseUrl: 'https://api.example.com',
      interceptors: [tagged, plain],
      ...(factory && { factory }),
    });
  }

  name(id: number): Observable<string> {
    return this.#client.get<User>(`/users/${id}`).pipe(
      plain,
      map((user) => user.name),
    );
  }

  status(): Observable<number> {
    return this.#client.get('/health').response.pipe(map((response) => response.status));
  }
}

export function explain(error: unknown): string {
  if (!isTaskError(error)) return 'a bug';
  return isTaskError(error, 'status') ? `the server said ${error.status}` : phrase(error);
}

/** The union is closed: a kind that is forgotten here does not compile. */
function phrase(error: TaskError): string {
  switch (error.kind) {
    case 'request':
      return error.field;
    case 'network':
      return error.sent ? 'maybe sent' : 'not sent';
    case 'timeout':
      return `${error.phase} after ${error.afterMs} ms`;
    case 'status':
      return String(error.status);
    case 'redirect':
      return error.location;
    case 'limit':
      return `${error.which}: ${error.maxBytes}`;
    case 'decode':
      return error.issues.map((issue) => issue.message).join();
    case 'file':
      return error.path;
    case 'auth':
    case 'aborted':
      return error.code;
  }
}

// @ts-expect-error: the error of a wrong option is the compiler's before it is ours
createClient({ baseURL: 'https://api.example.com' });

// @ts-expect-error: `any` would let this pass
export const wrong: Observable<number> = new UserService().name(1);

export const names: readonly string[] = Object.keys(testing);
