import type { TaskRequest } from '../http/request.js';
import type { TaskResponse } from '../http/response.js';
import { bodyLook, bytesLook, eventsLook, responseLook } from '../decode/collect.js';
import type { Decoder } from '../decode/decoder.js';
import { compose } from '../task/compose.js';
import type { TaskEvent } from '../task/task-event.js';
import type { Interceptor, TaskHandler } from '../task/task-handler.js';
import { type Look, TaskView } from '../task/task-view.js';

/** What stands around every view of a task. */
export type AroundLooks = <V>(look: Look<V>) => Look<V>;

const nothing: AroundLooks = (look) => look;

/**
 * One request, not yet sent: an Observable of the decoded body, with the other views of the same exchange beside it.
 *
 * Cold: each subscription, to the task or to a view, is an exchange of its own; unsubscribing aborts that one at the
 * socket, silently. The body is emitted once, then it completes; every failure is a `TaskError`.
 *
 * @example
 * const task = client.get<User[]>('/users');
 * task.subscribe((users) => show(users));
 * task.events.subscribe((event) => log(event.type));
 */
export class DataTask<T> extends TaskView<T> {
  readonly #decode: Decoder<T>;
  readonly #around: AroundLooks;

  constructor(
    request: TaskRequest,
    handler: TaskHandler,
    decode: Decoder<T>,
    around: AroundLooks = nothing,
  ) {
    super(request, handler, around(bodyLook(decode)));
    this.#decode = decode;
    this.#around = around;
  }

  /** Status, headers and decoded body; emits once, then completes. */
  get response(): TaskView<TaskResponse<T>> {
    return this.#view(responseLook(this.#decode));
  }

  /** Everything that happens: attempts, progress, head, chunks, retries. Its grammar stands at {@link TaskEvent}. */
  get events(): TaskView<TaskEvent> {
    return this.#view(eventsLook);
  }

  /** The body as it comes, undecoded and unbounded. Once a chunk was delivered, no policy asks for it again. */
  get bytes(): TaskView<Uint8Array> {
    return this.#view(bytesLook);
  }

  /** The same task with interceptors or policies around the whole: as `.pipe(policy)`, but it stays a task. */
  override with(...interceptors: readonly Interceptor[]): DataTask<T> {
    return new DataTask(
      this.request,
      compose(interceptors, this.handler),
      this.#decode,
      this.#around,
    );
  }

  #view<V>(look: Look<V>): TaskView<V> {
    return new TaskView(this.request, this.handler, this.#around(look));
  }
}
