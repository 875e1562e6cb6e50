/** The last event id as each message of some blocks has it, and as it stands after them. */
export interface BlockIds {
  readonly each: readonly string[];
  readonly last: string;
}

/**
 * Follows the last event id through whole blocks, whose lines end in LF; `undefined` when no block has an id.
 *
 * An id stays in force until the next one, and one in a block without data, for which there is no message, counts too.
 * Where every message has an id of its own and none comes behind the last message, a look at the messages is enough.
 */
export function idsOfBlocks(
  blocks: string,
  messages: readonly { readonly id?: string | undefined }[],
  before: string,
): BlockIds | undefined {
  const at = blocks.lastIndexOf('\nid') + 1;
  if (at === 0 && !blocks.startsWith('id')) return undefined;
  const last = idOfLine(blocks.slice(at, blocks.indexOf('\n', at)));
  if (
    last !== undefined &&
    messages.at(-1)?.id === last &&
    messages.every(({ id }) => id !== undefined)
  ) {
    return { each: messages.map(({ id }) => id as string), last };
  }
  return follow(blocks, before);
}

function follow(blocks: string, before: string): BlockIds {
  const each: string[] = [];
  let id = before;
  let hasData = false;
  for (const line of blocks.split('\n')) {
    if (line === '') {
      if (hasData) each.push(id);
      hasData = false;
    } else if (line === 'data' || line.startsWith('data:')) hasData = true;
    else id = idOfLine(line) ?? id;
  }
  return { each, last: id };
}

/** The id that a line sets; one with NUL sets none. */
function idOfLine(line: string): string | undefined {
  if (line !== 'id' && !line.startsWith('id:')) return undefined;
  const value = line.slice(line.charCodeAt(3) === 0x20 ? 4 : 3);
  return value.includes('\0') ? undefined : value;
}
