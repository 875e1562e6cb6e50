const ROWS = [
  ['tasks', 'tasks subscribed / seen'],
  ['requests', 'requests sent / received'],
  ['retries', '  of them retried'],
  ['replays', '  of them replayed with a fresh token'],
  ['refreshes', 'token refreshes'],
  ['closed', 'left early / closes seen'],
  ['bodyBytes', 'bytes of response bodies'],
  ['cuts', 'connections cut by the server'],
  ['events', 'live events received / sent'],
  ['eventIds', '  their ids'],
  ['uploadBytes', 'bytes uploaded / received'],
  ['uploadHash', '  their SHA-256'],
  ['challenges', 'challenges answered / made'],
  ['guardedBodies', 'bodies sent / received behind one'],
  ['guardedBytes', '  their bytes'],
  ['resumedUploadBytes', 'bytes of the upload in parts'],
  ['resumedUploadHash', '  their SHA-256'],
  ['resumedDownloadBytes', 'bytes of the download in parts'],
  ['resumedDownloadHash', '  their SHA-256'],
];

const shortened = (text) => (text.length > 9 ? `${text.slice(0, 8)}…` : text);

/** What client and server counted, side by side: lines to print, and the names on which the two disagree. */
export function summary(client, server, paint) {
  const disagree = ROWS.map(([name]) => name).filter((name) => client[name] !== server[name]);
  const cell = (text) => shortened(String(text)).padStart(10);
  const lines = ROWS.map(([name, label]) => {
    const verdict = disagree.includes(name) ? paint('DISAGREE', 'red') : paint('agree', 'green');
    return `  ${label.padEnd(40)}${cell(client[name])}${cell(server[name])}   ${verdict}`;
  });
  return {
    lines: [`  ${''.padEnd(40)}${cell('client')}${cell('server')}`, ...lines],
    disagree,
  };
}
