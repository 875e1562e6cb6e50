const CODES = { plain: '', dim: '2', bold: '1', red: '31', green: '32', yellow: '33', blue: '36' };

/** Colours text for a terminal, or leaves it alone. */
export function painter(colours) {
  return (text, colour) => {
    const code = CODES[colour];
    return !colours || code === '' || code === undefined ? text : `\x1b[${code}m${text}\x1b[0m`;
  };
}

/** The width of a text without its colours. */
export const width = (text) => text.replace(/\x1b\[[0-9;]*m/g, '').length; // eslint-disable-line no-control-regex

/** A text with colours, cut to a width. */
export function cut(text, columns) {
  let room = columns;
  let result = '';
  // eslint-disable-next-line no-control-regex
  for (const part of text.split(/(\x1b\[[0-9;]*m)/)) {
    if (part.startsWith('\x1b')) result += part;
    else {
      result += part.slice(0, room);
      room = Math.max(0, room - part.length);
    }
  }
  return result;
}

/** A bar of `cells` cells, filled up to `share` (0 to 1). */
export function bar(share, cells = 12) {
  const full = Math.round(Math.min(1, Math.max(0, share)) * cells);
  return '█'.repeat(full) + '░'.repeat(cells - full);
}
