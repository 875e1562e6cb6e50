import { spawn } from 'node:child_process';

/** What curl says to this: the status of its last answer. */
export function curl(url: string, ...args: readonly string[]): Promise<number> {
  const quiet = [
    '--silent',
    '--show-error',
    '--output',
    '/dev/null',
    '--write-out',
    '%{http_code}',
  ];
  // No proxy of the surroundings, and no ~/.curlrc.
  const child = spawn('/usr/bin/curl', ['--disable', '--noproxy', '', ...quiet, ...args, url], {
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end();
  let told = '';
  let trouble = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (trouble += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Number(told));
      else reject(new Error(`curl ended with ${String(code)}: ${trouble}`));
    });
  });
}
