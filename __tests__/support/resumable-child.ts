// A program that uploads one file and may be killed at any moment: run again, it goes on. Bundled by the tests.
import { createClient } from '../../src/index.js';
import { fileSource, fileUploads } from '../../src/node/index.js';
import { ietfProtocol, resumableUpload, tusProtocol } from '../../src/transfers/index.js';

const [protocol, url = '', file = '', folder = ''] = process.argv.slice(2);

resumableUpload(createClient(), url, fileSource(file), {
  protocol: protocol === 'tus' ? tusProtocol() : ietfProtocol({ creation: 'careful' }),
  storage: fileUploads(folder),
  baseDelayMs: 5,
  decode: () => undefined,
}).subscribe({
  next: (notice) => {
    if (notice.type === 'begun') console.log(`begun at ${notice.offset}`);
    if (notice.type === 'done') console.log(`done ${notice.bytes}`);
  },
  error: (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
});
