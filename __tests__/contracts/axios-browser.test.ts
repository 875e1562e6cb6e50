import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { answers, byPath } from '../support/faults.js';
import { faultServer, type FaultServer } from '../support/fault-server.js';
import type { ActName } from './acts.js';
import { bundled, launched } from './chromium.js';
import { closedUrl } from './closed-url.js';
import { expected } from './expected.js';
import { expectForm } from './form.js';
import { scripts } from './scripts.js';
import { words } from './words.js';

const failed = { values: [], ending: { kind: 'network', code: 'NETWORK_FAILED', sent: true } };
const refusedBody = { values: [], ending: { kind: 'request', code: 'BODY_STREAM_UNSUPPORTED' } };

/** A browser tells scripts nothing of how a connection failed, and sends no stream over HTTP/1.1. */
const hidden: Partial<Record<ActName, unknown>> = {
  cutBeforeHead: failed,
  resetBeforeHead: failed,
  refused: failed,
  recipe: failed,
  observableBody: failed,
};
/** XMLHttpRequest gives nothing before the end: no head, no start of a body. */
const inXhr: Partial<Record<ActName, unknown>> = { cut: failed, cutChunks: failed };
/** Told to use nothing else, it refuses streams. */
const inXhrAlone: Partial<Record<ActName, unknown>> = {
  ...inXhr,
  recipe: refusedBody,
  observableBody: refusedBody,
  failingRecipe: { course: refusedBody, next: { values: ['next'], ending: 'complete' } },
  events: {
    types: ['sent', 'head', 'download', 'chunk'],
    ending: 'complete',
    status: 200,
    type: 'application/json',
  },
};

const publishers: Readonly<
  Record<string, { results: Partial<Record<ActName, unknown>>; without: readonly ActName[] }>
> = {
  'the one that fits': { results: { ...hidden, ...inXhr }, without: ['observableOnce'] },
  xhr: {
    results: { ...hidden, ...inXhrAlone },
    without: ['observableOnce', 'streamed', 'breakCloses'],
  },
  fetch: { results: hidden, without: ['observableOnce', 'uploadProgress'] },
  'an instance': { results: { ...hidden, ...inXhr }, without: ['observableOnce'] },
};

let browser: Browser;
let page: Page;
let bundle: string;
let dialogue: ReturnType<typeof words>;

beforeAll(async () => {
  bundle = await bundled();
  browser = await launched();
  page = await browser.newPage();
  await page.exposeFunction('until', (word: string) => dialogue.said(word));
  await page.exposeFunction('tell', (word: string) => {
    dialogue.say(word);
  });
}, 120_000);

afterAll(() => browser.close());

const html = { 'content-type': 'text/html' };
const js = { 'content-type': 'text/javascript; charset=utf-8' };
const PAGE =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script src="/bundle.js"></script>';

/** A server with the page and what an act asks for; `paths` says what that was. */
async function serverOf(act: ActName, paths: string[]): Promise<FaultServer> {
  const script = scripts[act](dialogue);
  const pages = {
    '/page': answers(200, html, PAGE),
    '/bundle.js': answers(200, js, bundle),
    '/favicon.ico': answers(404),
  };
  return faultServer(
    byPath(pages, (exchange) => {
      paths.push(exchange.request.path);
      return script(exchange);
    }),
  );
}

describe.each(Object.entries(publishers))(
  'the contract of a publisher in Chromium: %s',
  (name, { results, without }) => {
    let server: FaultServer;
    beforeEach(() => {
      dialogue = words();
    });
    afterEach(() => server.stop());

    const rows = Object.entries(expected).filter(([act]) => !without.includes(act as ActName));
    it.each(
      rows.map(
        ([act, { promise, result }]) =>
          [promise, act as ActName, results[act as ActName] ?? result] as const,
      ),
    )(
      '%s',
      async (_promise, act, result) => {
        const paths: string[] = [];
        server = await serverOf(act, paths);
        await page.goto(`${server.url}/page`);
        const ask = `perform(${JSON.stringify(act)}, ${JSON.stringify(name)}, ${JSON.stringify(await closedUrl())})`;
        const came = await page.evaluate<unknown>(ask);
        if (act === 'form') expectForm(came);
        else expect(came).toEqual(result);
        if (['leaveInTheSameTick', 'abortedBefore', 'failingRecipe'].includes(act))
          expect(paths).toEqual(['/next']);
      },
      120_000,
    );
  },
);

describe('in a worker of a browser', () => {
  it.each<ActName>(['json', 'notFound', 'wholeBodies', 'streamed'])(
    '%s comes to what it does in a page',
    async (act) => {
      dialogue = words();
      const server = await serverOf(act, []);
      await page.goto(`${server.url}/page`);
      const ask = `perform(${JSON.stringify(act)}, 'the one that fits', '')`;
      const code = `globalThis.tell = async (word) => postMessage({ word }); importScripts('${server.url}/bundle.js'); void ${ask}.then((came) => postMessage({ came }));`;
      const came = await page.evaluate<unknown>(`new Promise((resolve) => {
      const worker = new Worker(URL.createObjectURL(new Blob([${JSON.stringify(code)}])));
      worker.onmessage = ({ data }) => ('word' in data ? tell(data.word) : resolve(data.came));
    })`);
      expect(came).toEqual(expected[act].result);
      await server.stop();
    },
  );
});
