import type { HeaderFields } from './header-fields.js';

/** Status line and header fields: what is known of a response before its body. */
export interface ResponseHead {
  /** The status code, 100 to 599. */
  readonly status: number;
  /** The reason phrase; empty where the protocol has none (HTTP/2). */
  readonly statusText: string;
  readonly headers: HeaderFields;
  /** The URL that answered: the last one after redirects. */
  readonly url: string;
}

/** A whole response with its decoded body. */
export interface TaskResponse<T> extends ResponseHead {
  readonly body: T;
}

/** A head and its body as one response. Field by field: a spread costs more than all the rest of collecting a body. */
export function withBody<T>(head: ResponseHead, body: T): TaskResponse<T> {
  return {
    status: head.status,
    statusText: head.statusText,
    headers: head.headers,
    url: head.url,
    body,
  };
}
