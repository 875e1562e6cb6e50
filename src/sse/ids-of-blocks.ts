/**
 * The last event id as each event of some whole blocks has it; the lines end in LF. An id stays in force until the next
 * one, and one in a block without data counts too. Nothing when no block sets one.
 */
export function idsOfEvents(blocks: string, before: string): readonly string[] {
  const ids: string[] = [];
  if (lastIdOf(blocks) === undefined) return ids;
  let id = before;
  let hasData = false;
  for (const line of blocks.split('\n')) {
    if (line === '') {
      if (hasData) ids.push(id);
      hasData = false;
    } else if (line === 'data' || line.startsWith('data:')) hasData = true;
    else id = idOfLine(line) ?? id;
  }
  return ids;
}

/** The last id that some whole blocks set. */
export function lastIdOf(blocks: string): string | undefined {
  let before = blocks.length;
  while (before > 0) {
    const at = blocks.lastIndexOf('\nid', before - 1) + 1;
    if (at === 0) return blocks.startsWith('id') ? idAt(blocks, 0) : undefined;
    const id = idAt(blocks, at);
    if (id !== undefined) return id;
    before = at - 1;
  }
  return undefined;
}

function idAt(blocks: string, at: number): string | undefined {
  const end = blocks.indexOf('\n', at);
  return idOfLine(blocks.slice(at, end < 0 ? blocks.length : end));
}

/** The id that a line sets; one with NUL sets none. */
function idOfLine(line: string): string | undefined {
  if (line !== 'id' && !line.startsWith('id:')) return undefined;
  const value = line.slice(line.charCodeAt(3) === 0x20 ? 4 : 3);
  return value.includes('\0') ? undefined : value;
}
