export type { FileDownloadNotice } from './download-notice.js';
export type {
  DownloadTarget,
  DownloadToFileOptions,
  FileResumeOptions,
} from './download-options.js';
export { downloadToFile } from './download-to-file.js';
export { fileSource } from './file-source.js';
export { fileUploads } from './upload-storage-file.js';
