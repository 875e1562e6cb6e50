// Server-sent events: from memory beside the bare parser and `eventsource`, over loopback beside `eventsource` and
// `@microsoft/fetch-event-source`. Events a second, medians of interleaved rounds.
import { fork } from 'node:child_process';
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { EventSource } from 'eventsource';
import { createParser } from 'eventsource-parser';
import { from } from 'rxjs';
import { entry } from './coldwire.mjs';
import { finish, keeps, table, targets } from './report.mjs';
import { interleaved } from './rounds.mjs';
import { EVENTS, streamOfEvents } from './sse-stream.mjs';

const { createClient } = await import(entry());
const { eventSource, serverSentEvents } = await import(entry('sse/index.js'));

// fetch-event-source is for browsers: it looks at the page's visibility.
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
globalThis.window = globalThis;

const bytes = Buffer.from(streamOfEvents());
const chunks = [];
for (let at = 0; at < bytes.byteLength; at += 65_536)
  chunks.push(new Uint8Array(bytes.subarray(at, at + 65_536)));

async function timed(run) {
  const start = performance.now();
  const events = await run();
  if (events !== EVENTS) throw new Error(`${events} events, not ${EVENTS}`);
  return EVENTS / ((performance.now() - start) / 1000);
}

function untilAll(start) {
  return new Promise((resolve, reject) => {
    let events = 0;
    const stop = start(() => {
      if (++events === EVENTS) {
        stop();
        resolve(events);
      }
    }, reject);
  });
}

const eventsourceOver = (url, fetch) =>
  untilAll((tick, fail) => {
    const source = new EventSource(url, fetch === undefined ? {} : { fetch });
    source.addEventListener('tick', tick);
    source.onerror = fail;
    return () => source.close();
  });

const inMemory = {
  'eventsource-parser': () => {
    let events = 0;
    const decoder = new TextDecoder();
    const parser = createParser({ onEvent: () => events++ });
    for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }));
    return events;
  },
  coldwire: () => {
    let events = 0;
    from(chunks)
      .pipe(serverSentEvents())
      .subscribe(() => events++);
    return events;
  },
  eventsource: () => {
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
      },
    });
    const response = {
      status: 200,
      redirected: false,
      url: 'http://localhost/',
      headers: new Headers({ 'content-type': 'text/event-stream' }),
      body,
    };
    return eventsourceOver('http://localhost/', async () => response);
  },
};
const memory = await interleaved(inMemory, timed, { rounds: 11, warmUps: 3 });
table(
  'From memory, 64 KiB chunks',
  Object.entries(memory).map(([what, rate]) => ({ what, 'events/s': rate })),
);
keeps(
  'over the bare parser',
  memory.coldwire / memory['eventsource-parser'],
  targets('sse').parser,
);
keeps('over eventsource', memory.coldwire / memory.eventsource, targets('sse').memory);

const server = fork(new URL('./sse-server.mjs', import.meta.url));
const url = await new Promise((resolve) => server.once('message', resolve));
const client = createClient();
const overLoopback = {
  coldwire: () =>
    untilAll((next, error) => {
      const subscription = eventSource(client, url).subscribe({ next, error });
      return () => subscription.unsubscribe();
    }),
  eventsource: () => eventsourceOver(url),
  'fetch-event-source': () =>
    untilAll((tick, fail) => {
      const stopper = new AbortController();
      fetchEventSource(url, {
        signal: stopper.signal,
        openWhenHidden: true,
        onmessage: tick,
        onerror: fail,
      }).catch(() => {});
      return () => stopper.abort();
    }),
};
const loopback = await interleaved(overLoopback, timed, { rounds: 11, warmUps: 3 });
table(
  'Over loopback',
  Object.entries(loopback).map(([what, rate]) => ({ what, 'events/s': rate })),
);
keeps('over eventsource', loopback.coldwire / loopback.eventsource, targets('sse').loopback);
keeps(
  'over fetch-event-source',
  loopback.coldwire / loopback['fetch-event-source'],
  targets('sse').ahead,
);
server.kill();
finish();
