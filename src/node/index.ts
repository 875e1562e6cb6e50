export { fileSource } from './file-source.js';
export { fileUploads } from './upload-storage-file.js';
