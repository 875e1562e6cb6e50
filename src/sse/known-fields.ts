/** Fields that mean something (WHATWG HTML section 9.2.6), with a value that does. */
const KNOWN = /^(?:(?:data|event|id)(?::|$)|retry: ?\d+$)/;

/** The text without the lines that mean nothing; every line ends in LF. */
export function knownFields(text: string): string {
  return text
    .split('\n')
    .filter((line) => line === '' || KNOWN.test(line))
    .join('\n');
}
