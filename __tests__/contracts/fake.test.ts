import { describe, expect, it } from '@jest/globals';
import { asyncScheduler, observeOn } from 'rxjs';
import { createClient } from 'coldwire';
import { type Responder, fakeFactory } from 'coldwire/testing';
import { type ActName, acts } from './acts.js';
import { expected } from './expected.js';
import { fakeScripts } from './fake-scripts.js';
import { expectForm } from './form.js';
import { words } from './words.js';

const fakes: Readonly<Record<string, (respond: Responder) => Responder>> = {
  'a synchronous fake': (respond) => respond,
  'an asynchronous fake': (respond) => (request) =>
    respond(request).pipe(observeOn(asyncScheduler)),
};

describe.each(Object.entries(fakes))('the contract of a publisher: %s', (_name, fake) => {
  it.each(
    Object.entries(expected).map(
      ([act, { promise, result }]) => [promise, act as ActName, result] as const,
    ),
  )('%s', async (_promise, act, result) => {
    const dialogue = words();
    const factory = fakeFactory(fake(fakeScripts[act](dialogue)));
    const came = await acts[act]({
      client: createClient({ baseUrl: 'http://api.example.com', factory, allowAbsoluteUrls: true }),
      closedUrl: 'http://closed.example.com/',
      until: (word) => dialogue.said(word),
      tell: (word) => Promise.resolve(dialogue.say(word)),
    });
    if (act === 'form') expectForm(came);
    else expect(came).toEqual(result);
    expect(factory.active).toBe(0);
  });
});
