// A page that uploads the same file each time it is loaded: reloaded, it goes on. Bundled by the tests.
import { createClient } from '../../src/index.js';
import {
  ietfProtocol,
  resumableUpload,
  tusProtocol,
  webUploads,
} from '../../src/transfers/index.js';

declare global {
  interface Window {
    upload(protocol: 'tus' | 'ietf', url: string, length: number): Promise<string[]>;
  }
}

window.upload = (protocol, url, length) => {
  const bytes = Uint8Array.from({ length }, (_, n) => n % 251);
  const file = new File([bytes], 'film.mp4', { type: 'video/mp4', lastModified: 1 });
  const told: string[] = [];
  return new Promise((resolve, reject) => {
    resumableUpload(createClient(), url, file, {
      protocol: protocol === 'tus' ? tusProtocol() : ietfProtocol(),
      storage: webUploads(localStorage),
      baseDelayMs: 1,
      decode: () => undefined,
    }).subscribe({
      next: (notice) => {
        if (notice.type === 'begun') told.push(`begun at ${notice.offset}`);
        else if (notice.type === 'done') told.push(`done ${notice.bytes}`);
        else if (notice.type !== 'progress') told.push(notice.type);
      },
      error: reject,
      complete: () => resolve(told),
    });
  });
};
