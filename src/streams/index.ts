export { type LineOptions, lines } from '../decode/lines.js';
export { jsonLines } from '../decode/json-lines.js';
export { type PauseOptions, RESUMES, pauseWhile } from '../policies/pause-while.js';
export { type PollOptions, poll } from '../policies/poll.js';
export { oneByOne } from '../task/one-by-one.js';
export { hidden$, offline$ } from '../task/page-state.js';
export {
  type BoundEnd,
  type BoundOutput,
  type BoundStream,
  boundStream,
} from '../upload/bound-stream.js';
export { type HotBody, type HotSourceOptions, type Overflow, fromHot } from '../upload/from-hot.js';
export { type MultipartPart, type PartValue, multipart } from '../upload/multipart-body.js';
