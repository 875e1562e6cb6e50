export type { ServerSentEvent } from './event-parser.js';
export { EventStream, type EventSourceNotice, eventSource } from './event-source.js';
export type { EventSourceInit as EventSourceOptions } from './event-source-options.js';
export { type EventOptions, serverSentEvents } from './server-sent-events.js';
export { withEventSource, type EventSourceClient } from './with-event-source.js';
