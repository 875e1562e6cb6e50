import { Observable } from 'rxjs';
import type { DataTaskPublisherFactory } from '../task/task-handler.js';

/** Placeholder signature; the publisher room fills it. */
export function axiosFactory(): DataTaskPublisherFactory {
  return { make: () => new Observable() };
}
