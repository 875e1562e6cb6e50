const LONGEST_BYTES = 200;
// What no name of a file should hold: control characters, and marks that turn the direction of writing around.
// eslint-disable-next-line no-control-regex -- they are what is looked for
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
/** What a path, a shell of Windows or a stream of NTFS would read something into. */
const MEANT = /[<>:"|?*]/g;
const DEVICES = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|\s*$)/i;

/**
 * A name that a server gave, as a name of a file in one folder and nothing else; `undefined` when nothing is left of it.
 * Of a path the last part counts. Leading dots go, so that no download is a hidden file.
 */
export function safeFileName(given: string): string | undefined {
  const last = given.split(/[/\\]/).at(-1) ?? '';
  const plain = wellFormed(last)
    .normalize('NFC')
    .replace(UNSEEN, '')
    .replace(MEANT, '_')
    .replace(/^[.\s]+/, '')
    .replace(/[.\s]+$/, '');
  if (plain === '') return undefined;
  return shortened(DEVICES.test(plain) ? `_${plain}` : plain);
}

/** Halves of surrogate pairs are no text. */
function wellFormed(text: string): string {
  return Array.from(text, (character) =>
    /^[\ud800-\udfff]$/.test(character) ? '_' : character,
  ).join('');
}

/** Cut in its middle, so that it still ends as it ended. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_BYTES) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= 20 ? name.slice(dot) : '';
  let start = '';
  for (const character of name) {
    if (Buffer.byteLength(start + character + ending) > LONGEST_BYTES) break;
    start += character;
  }
  return start.replace(/[.\s]+$/, '') + ending;
}
