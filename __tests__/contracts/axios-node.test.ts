import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { type DataTaskPublisherFactory, axiosFactory, createClient } from 'coldwire';
import { faultServer, type FaultServer } from '../support/fault-server.js';
import { type ActName, acts } from './acts.js';
import { expected } from './expected.js';
import { expectForm } from './form.js';
import { scripts } from './scripts.js';
import { closedUrl } from './closed-url.js';
import { words } from './words.js';

const publishers: Readonly<Record<string, () => DataTaskPublisherFactory>> = {
  'axios http': () => axiosFactory(),
  'axios fetch': () => axiosFactory({ adapter: 'fetch' }),
  'axios itself as the instance': () => axiosFactory({ instance: axios }),
  'an axios instance with interceptors': () => {
    const instance = axios.create({ timeout: 60_000, headers: { common: { 'X-Instance': '1' } } });
    instance.interceptors.request.use((config) => config);
    instance.interceptors.response.use(async (response) => response);
    return axiosFactory({ instance });
  },
  'an axios instance over fetch': () =>
    axiosFactory({ instance: axios.create({ adapter: 'fetch' }) }),
};

describe.each(Object.entries(publishers))('the contract of a publisher: %s', (_name, factory) => {
  let server: FaultServer;
  let dialogue: ReturnType<typeof words>;
  beforeEach(() => {
    dialogue = words();
  });
  afterEach(() => server.stop());

  it.each(
    Object.entries(expected).map(
      ([act, { promise, result }]) => [promise, act as ActName, result] as const,
    ),
  )('%s', async (_promise, act, result) => {
    server = await faultServer(scripts[act](dialogue));
    const client = createClient({
      baseUrl: server.url,
      factory: factory(),
      allowAbsoluteUrls: true,
    });
    const came = await acts[act]({
      client,
      closedUrl: await closedUrl(),
      until: (word) => dialogue.said(word),
      tell: (word) => Promise.resolve(dialogue.say(word)),
    });
    if (act === 'form') expectForm(came);
    else expect(came).toEqual(result);
    if (['leaveInTheSameTick', 'abortedBefore', 'failingRecipe'].includes(act)) {
      expect(server.exchanges.map(({ request }) => request.path)).toEqual(['/next']);
    }
  });
});
