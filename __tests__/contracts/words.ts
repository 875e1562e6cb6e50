import { Watch } from '../support/watch.js';
import type { Words } from './scripts.js';

/** Words that are kept: who asks later is told, too. */
export function words(): Words {
  const said = new Set<string>();
  const watch = new Watch();
  return {
    say: (word) => {
      said.add(word);
      watch.changed();
    },
    said: (word) => watch.until(() => said.has(word)).then(() => undefined),
  };
}
