/** How many events the stream has. */
export const EVENTS = 200_000;

/** Events with an id, a name and a line of data, as a dashboard gets them. */
export function streamOfEvents() {
  let text = '';
  for (let id = 1; id <= EVENTS; id++)
    text += `id: ${id}\nevent: tick\ndata: {"price":${id},"name":"something of a name","state":"open"}\n\n`;
  return text;
}
