// A program that downloads to a file and says where it is: to be killed by a test, and started again.
import { createClient } from '../../src/index.js';
import { downloadToFile } from '../../src/node/index.js';

const [url = '', path = ''] = process.argv.slice(2);
downloadToFile(createClient().get(url), path).subscribe({
  next: (notice) => {
    if (notice.type === 'progress') process.stdout.write(`${notice.loadedBytes}\n`);
    if (notice.type === 'saved') process.stdout.write(`saved ${notice.resumedFromBytes}\n`);
  },
});
