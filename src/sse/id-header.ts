/** A header carries bytes: the id's UTF-8, one character a byte (fetch-event-source and browsers do so). */
export function asUtf8(id: string): string {
  return Array.from(new TextEncoder().encode(id), (byte) => String.fromCharCode(byte)).join('');
}
