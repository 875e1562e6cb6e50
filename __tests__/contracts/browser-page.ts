/** What is bundled from the packed package and runs in the browser. */
import axios from 'axios';
import { type AxiosFactoryOptions, axiosFactory, createClient } from 'coldwire';
import { type ActName, acts } from './acts.js';
import { courseOf } from './observe.js';

interface Page {
  until(word: string): Promise<void>;
  tell(word: string): Promise<void>;
}

const publishers: Readonly<Record<string, AxiosFactoryOptions>> = {
  'the one that fits': {},
  xhr: { adapter: 'xhr' },
  fetch: { adapter: 'fetch' },
  'an instance': { instance: axios.create({ timeout: 60_000 }) },
};

/** Does one act against the page's own server. */
async function perform(act: ActName, publisher: string, closedUrl: string): Promise<unknown> {
  const { until, tell } = globalThis as unknown as Page;
  const factory = axiosFactory(publishers[publisher]);
  const client = createClient({ baseUrl: self.origin, factory, allowAbsoluteUrls: true });
  return acts[act]({ client, closedUrl, until, tell });
}

/** Gets a URL of another origin, with these options. */
function abroad(url: string, options: AxiosFactoryOptions): Promise<unknown> {
  return courseOf(createClient({ factory: axiosFactory(options) }).get(url));
}

/** Streams an upload, part by part. */
function upload(parts: number): Promise<unknown> {
  const client = createClient({ baseUrl: self.origin });
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < parts; n++) yield new TextEncoder().encode(`part ${String(n)};`);
  };
  return courseOf(client.post('/upload', source));
}

Object.assign(globalThis, { perform, abroad, upload });
