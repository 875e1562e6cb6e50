import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { ietfOrigin } from '../../support/resumable-ietf-origin.js';
import {
  type ResumableServer,
  type SeenRequest,
  resumableServer,
} from '../../support/resumable-server.js';
import { TusMemory } from '../../support/tus-memory.js';

const ROOT = new URL('../../../', import.meta.url).pathname;
const LENGTH = 50_000;
const content = Buffer.from(Uint8Array.from({ length: LENGTH }, (_, n) => n % 251));
const html = { 'content-type': 'text/html' };

describe('a page that uploads and is reloaded', () => {
  let browser: Browser;
  let script = '';
  let server: ResumableServer;
  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [`${ROOT}__tests__/support/resumable-page.ts`],
      alias: { '#platform': `${ROOT}src/axios/platform-browser.ts` },
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      target: 'es2022',
      tsconfigRaw: {},
      logLevel: 'error',
    });
    script = outputFiles[0]?.text ?? '';
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  }, 120_000);
  afterAll(() => browser.close());
  afterEach(() => server.stop());

  const pageAnd = (stalls: (request: SeenRequest) => boolean) => (request: SeenRequest) =>
    request.path === '/page'
      ? { status: 200, headers: html, body: `<!doctype html><script>${script}</script>` }
      : stalls(request)
        ? { stalls: true }
        : undefined;
  /** Uploads until the server stalls, reloads, and uploads again. */
  const reloaded = async (protocol: 'tus' | 'ietf', target: string): Promise<string[]> => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/page`);
    const upload = (): Promise<string[]> =>
      page.evaluate(([name, url, length]) => window.upload(name, url, length), [
        protocol,
        `${server.url}${target}`,
        LENGTH,
      ] as const);
    const first = upload().catch(() => []);
    await server.until(
      () => server.requests.filter(({ method }) => method === 'PATCH').length === 2,
    );
    await page.reload();
    await first;
    const told = await upload();
    await page.close();
    return told;
  };

  it('goes on over tus where the server stands, told by localStorage', async () => {
    const memory = new TusMemory();
    let patches = 0;
    server = await resumableServer(
      (request, response) => memory.handle(request, response),
      pageAnd(({ method }) => method === 'PATCH' && ++patches === 2),
    );
    expect(await reloaded('tus', '/files')).toEqual(['begun at 9216', `done ${LENGTH}`]);
    expect(memory.finished).toEqual([content]);
  }, 60_000);

  it('goes on over the draft, whose interim responses a browser hides (A24)', async () => {
    let patches = 0;
    const origin = await ietfOrigin(
      {},
      pageAnd(({ method }) => method === 'PATCH' && ++patches === 2),
    );
    server = origin;
    expect(await reloaded('ietf', '/films')).toEqual(['begun at 9216', `done ${LENGTH}`]);
    expect(origin.films$).toEqual([content]);
    expect(origin.violations).toEqual([]);
  }, 60_000);
});
