import { expect } from '@jest/globals';

/** The form of the act `form`, as the WHATWG encoding writes it, with whatever boundary it has. */
export function expectForm(came: unknown): void {
  const { values, ending } = came as { values: { type: string; body: string }[]; ending: string };
  expect(ending).toBe('complete');
  const { type = '', body = '' } = values[0] ?? {};
  const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(type)?.[1] ?? 'no boundary';
  const part = (name: string, content: string, more = ''): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;
  expect(body).toBe(
    [
      part('plain', 'a\r\nb'),
      part('quo%22ted%0D%0A', Buffer.from('ü').toString('latin1')),
      part('file', 'content', '; filename="na%22me.txt"\r\nContent-Type: text/x-file'),
      part('empty', '', '; filename="e"\r\nContent-Type: application/octet-stream'),
      `--${boundary}--\r\n`,
    ].join(''),
  );
}
