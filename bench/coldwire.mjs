// coldwire as a user of Node gets it: packed from the sources as they are, so that no build of somebody else's is measured.
// COLDWIRE=<folder of an unpacked package> measures that one instead.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packed } from '../scripts/pack.js';

export const folder = process.env.COLDWIRE ? resolve(process.env.COLDWIRE) : packed().folder;

const built = ['node', 'esm'].map((format) => `${folder}/dist/${format}`).find(existsSync);

/** One entry point of it: `index.js`, `testing/index.js`. */
export const entry = (path = 'index.js') => pathToFileURL(`${built}/${path}`).href;
