const COLOURS = {
  '': '#c9d1d9',
  1: '#f0f6fc',
  2: '#6e7681',
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  36: '#79c0ff',
};
const CHARACTER = 7.85;
const LINE = 18;
const MARGIN = 18;
const HOLD_S = 6;

/**
 * Draws a recording: `versions` are lines of a screen, each from when until when (seconds) it was to be seen. What is
 * there at the end is what a reader sees who does not want things to move.
 */
export function svg({ versions, rows, columns, seconds, title }) {
  const total = seconds + HOLD_S;
  const width = Math.ceil(columns * CHARACTER + 2 * MARGIN);
  const height = rows * LINE + 2 * MARGIN;
  const times = [...new Set(versions.map(timeKey))];
  const style = times.map((key, index) => keyframes(index, key, total)).join('\n');
  const texts = versions.map((version) => line(version, times.indexOf(timeKey(version))));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre; }
.gone { visibility: hidden; }
@media (prefers-reduced-motion: no-preference) {
${style}
}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${texts.join('\n')}
</svg>
`;
}

const timeKey = ({ from, until }) =>
  `${from.toFixed(2)} ${until === undefined ? 'end' : until.toFixed(2)}`;

function keyframes(index, key, total) {
  const [from, until] = key.split(' ');
  const percent = (text) => `${((Number(text) / total) * 100).toFixed(2)}%`;
  const start = Number(from) === 0 ? 'visible' : 'hidden';
  const steps = [`0% { visibility: ${start}; }`, `${percent(from)} { visibility: visible; }`];
  if (until !== 'end') steps.push(`${percent(until)} { visibility: hidden; }`);
  return `@keyframes k${index} { ${steps.join(' ')} } .t${index} { animation: k${index} ${total.toFixed(2)}s step-end infinite; }`;
}

function line({ row, runs, until }, index) {
  const y = MARGIN + (row + 0.75) * LINE;
  let column = 0;
  const spans = runs.map(([text, colour]) => {
    const x = MARGIN + column * CHARACTER;
    column += text.length;
    const bold = colour === '1' ? ' font-weight="bold"' : '';
    return text.trim() === ''
      ? ''
      : `<tspan x="${x.toFixed(1)}" fill="${COLOURS[colour] ?? COLOURS['']}"${bold}>${escaped(text)}</tspan>`;
  });
  return `<text class="t${index}${until === undefined ? '' : ' gone'}" y="${y.toFixed(1)}">${spans.join('')}</text>`;
}

function escaped(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
