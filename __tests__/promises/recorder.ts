import { of } from 'rxjs';
import {
  type DataTaskPublisherFactory,
  HeaderFields,
  type TaskEvent,
  type TaskRequest,
} from 'coldwire';

/** A factory without a network that keeps what it was asked to send and answers 200 with an empty body, or what it is told. */
export interface Recorder extends DataTaskPublisherFactory {
  readonly requests: TaskRequest[];
}

export function recorder(
  answer: (request: TaskRequest) => {
    status?: number;
    headers?: Record<string, string>;
    body?: string;
  } = () => ({}),
): Recorder {
  const requests: TaskRequest[] = [];
  return {
    requests,
    make: (request) => {
      requests.push(request);
      const { status = 200, headers = {}, body = '' } = answer(request);
      return of<TaskEvent[]>(
        { type: 'sent', attempt: request.attempt },
        {
          type: 'head',
          head: {
            status,
            statusText: '',
            url: request.url,
            headers: HeaderFields.received(headers),
          },
        },
        { type: 'chunk', bytes: new TextEncoder().encode(body) },
      );
    },
  };
}
