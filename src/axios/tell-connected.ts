import type { TaskRequest } from '../http/request.js';
import { CONNECTING } from '../task/connect-watch.js';

/** fetch and XMLHttpRequest do not tell when a connection stands: a watch is told at once, and times nothing. */
export function tellConnected(request: TaskRequest): void {
  request.context.get(CONNECTING)?.connected();
}
