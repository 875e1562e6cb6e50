// One line or event of 32 MiB in 4 KiB chunks takes at most 12 times as long as one of 3.2 MiB: the time is linear.
import { lastValueFrom, from } from 'rxjs';
import { entry } from './coldwire.mjs';
import { finish, keeps, table, targets } from './report.mjs';
import { interleaved } from './rounds.mjs';

const { lines, jsonLines } = await import(entry('streams/index.js'));
const { serverSentEvents } = await import(entry('sse/index.js'));

const SMALL = 3_355_443;
const maxBytes = Infinity;
const shapes = {
  'lines()': { operator: () => lines({ maxBytes }), head: '', tail: '\n' },
  'jsonLines()': { operator: () => jsonLines(undefined, { maxBytes }), head: '"', tail: '"\n' },
  'serverSentEvents(), one line': {
    operator: () => serverSentEvents({ maxBytes }),
    head: 'data: ',
    tail: '\n\n',
  },
  // For comparison: the data lines of one event are put together by eventsource-parser, alone 22 to 26 times.
  'serverSentEvents(), many lines': {
    operator: () => serverSentEvents({ maxBytes }),
    head: '',
    tail: '\n',
    every: 'data: 0123456789012345678901234567890123456789012345678\n',
  },
};

function chunksOf({ head, tail, every = 'x' }, size) {
  const bytes = Buffer.from(head + every.repeat(Math.floor(size / every.length)) + tail);
  const chunks = [];
  for (let at = 0; at < bytes.byteLength; at += 4096) chunks.push(bytes.subarray(at, at + 4096));
  return chunks;
}

const contenders = {};
for (const [name, shape] of Object.entries(shapes)) {
  contenders[`${name} 3.2 MiB`] = { shape, chunks: chunksOf(shape, SMALL) };
  contenders[`${name} 32 MiB`] = { shape, chunks: chunksOf(shape, SMALL * 10) };
}
const milliseconds = await interleaved(
  contenders,
  async ({ shape, chunks }) => {
    const start = performance.now();
    await lastValueFrom(from(chunks).pipe(shape.operator()));
    return performance.now() - start;
  },
  { rounds: 9 },
);
const ratios = Object.keys(shapes).map((name) => ({
  what: name,
  '3.2 MiB (ms)': milliseconds[`${name} 3.2 MiB`],
  '32 MiB (ms)': milliseconds[`${name} 32 MiB`],
  times: milliseconds[`${name} 32 MiB`] / milliseconds[`${name} 3.2 MiB`],
}));
table('One line or event, in 4 KiB chunks', ratios);
for (const { what, times } of ratios.slice(0, -1)) keeps(what, times, targets('linear').times);
finish();
