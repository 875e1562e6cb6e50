/** The head of a request as it came over the wire. */
export interface RequestHead {
  readonly method: string;
  /** The request target as sent: `/path?query`, or an absolute URL at a proxy. */
  readonly path: string;
  readonly version: string;
  /** Lower-case names; values of one name joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Every field line in order, as sent. */
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>;
  /** All bytes of the head, as latin1 text with the empty line. */
  readonly rawHead: string;
}

export function parseRequestHead(rawHead: string): RequestHead {
  const [requestLine = '', ...lines] = rawHead.split('\r\n').filter((line) => line !== '');
  const [method = '', path = '', version = ''] = requestLine.split(' ');
  const fields = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
  }
  return { method, path, version, headers, fields, rawHead };
}
