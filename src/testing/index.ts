export type { DataTaskPublisherFactory } from '../task/task-handler.js';
