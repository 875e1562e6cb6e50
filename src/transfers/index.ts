export { resumeDownload } from './download/resume-download.js';
export { RESUME, type ResumeOptions, type ResumeRules } from './download/resume-options.js';
export { growingChunks } from './upload/chunk-sizes.js';
export { type IetfOptions, ietfProtocol } from './upload/ietf-protocol.js';
export type { IetfCreation } from './upload/ietf-create.js';
export type { DigestName } from './upload/part-digest.js';
export { resumableUpload } from './upload/resumable-upload.js';
export type {
  FirstParts,
  ProtocolEvent,
  ResumableProtocol,
  UploadJob,
  UploadLimits,
  UploadStanding,
  UploadVerdict,
} from './upload/resumable-protocol.js';
export type { UploadInput } from './upload/source-of.js';
export { type TusOptions, tusProtocol } from './upload/tus-protocol.js';
export type { Awaitable } from './upload/awaitable.js';
export type { ExchangeEvent, ExchangeInput, UploadExchange } from './upload/upload-exchange.js';
export type { UploadNotice } from './upload/upload-notice.js';
export type { ResumableUploadOptions } from './upload/upload-options.js';
export type { OpenedSource, SourcePart, UploadSource } from './upload/upload-source.js';
export {
  type StoredUpload,
  type UploadStorage,
  type WebStorageLike,
  memoryUploads,
  webUploads,
} from './upload/upload-storage.js';
