import { describe, expect, it } from '@jest/globals';
import { type Interceptor, createClient } from '../../src/index.js';
import { Subject, delay, firstValueFrom, of, switchMap, take, tap } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { answer, createTestController } from '../../src/testing/index.js';
import { tell } from './told.js';

const setUp = (...interceptors: Interceptor[]) => {
  const controller = createTestController();
  return {
    controller,
    client: createClient({
      baseUrl: 'https://api.example.com',
      factory: controller.factory,
      interceptors,
    }),
  };
};

describe('a test controller', () => {
  it('answers by hand what was requested, and verifies that nothing else was', () => {
    const { controller, client } = setUp();
    const { lines } = tell(client.get('/users'));
    expect(controller.pending).toHaveLength(1);
    const task = controller.expectOne('GET /users');
    expect([task.request.url, task.attempt, task.cancelled, task.answered]).toEqual([
      'https://api.example.com/users',
      1,
      false,
      false,
    ]);
    task.json(200, ['Ada']);
    expect(lines).toEqual(['["Ada"]', 'complete']);
    expect([task.answered, controller.pending]).toEqual([true, []]);
    controller.verify();
  });

  it.each([
    ['a path, whatever the query', '/users'],
    ['a method and a path', 'GET /users'],
    ['a path with its query', '/users?page=2'],
    ['a whole URL', 'https://api.example.com/users?page=2'],
    ['a regular expression over the URL', /users\?page=\d/],
    ['a function', (request: { readonly attempt: number }) => request.attempt === 1],
  ])('finds a request by %s', (_what, pattern) => {
    const { controller, client } = setUp();
    client.get('/users', { params: { page: 2 } }).subscribe();
    expect(controller.expectOne(pattern).request.url).toBe('https://api.example.com/users?page=2');
  });

  it.each([
    '/user',
    '/users/',
    'POST /users',
    '/users?page=1',
    'https://api.example.com/',
    /page=3/,
    'users',
  ])('does not find it by %s', (pattern) => {
    const { controller, client } = setUp();
    client.get('/users', { params: { page: 2 } }).subscribe();
    controller.expectNone(pattern);
    expect(controller.match(pattern)).toEqual([]);
    expect(() => controller.expectOne(pattern)).toThrow();
  });

  it('lists what was requested when an expectation fails', () => {
    const { controller, client } = setUp();
    expect(() => controller.expectOne('/users')).toThrow(
      'Expected one request for /users, found 0. Nothing was requested.',
    );
    client.get('/users', { params: { api_key: 'hush' } }).subscribe();
    client.post('/users', {}).subscribe().unsubscribe();
    client.get('/users').subscribe();
    controller.expectOne(({ url }) => url.includes('api_key')).status(204);
    const list = [
      'Requested:',
      '  GET https://api.example.com/users?api_key=[redacted], attempt 1, completed (taken)',
      '  POST https://api.example.com/users, attempt 1, cancelled',
      '  GET https://api.example.com/users, attempt 1, waiting',
    ].join('\n');
    expect(() => controller.expectOne('/items')).toThrow(
      `Expected one request for /items, found 0. ${list}`,
    );
    expect(() => controller.expectOne('/users')).toThrow(
      `Expected one request for /users, found 2. ${list}`,
    );
    expect(() => controller.expectNone('POST /users')).toThrow(
      `Expected no request for POST /users, found 1. ${list}`,
    );
    expect(() => controller.verify()).toThrow(`2 of 3 requests were not expected. ${list}`);
    expect(() =>
      controller.expectOne(function withCookie() {
        return false;
      }),
    ).toThrow('Expected one request for a request that withCookie() accepts');
  });

  it('takes each request once', () => {
    const { controller, client } = setUp();
    client.get('/a').subscribe();
    client.get('/a').subscribe();
    expect(controller.match('/a')).toHaveLength(2);
    expect(controller.match('/a')).toEqual([]);
    controller.verify();
  });

  it('leaves out what was cancelled when it verifies, if asked to', () => {
    const { controller, client } = setUp();
    client.get('/a').subscribe().unsubscribe();
    expect(() => controller.verify()).toThrow('1 of 1 requests were not expected');
    controller.verify({ ignoreCancelled: true });
  });

  it('knows that the client left, and says so to who answers too late', () => {
    const { controller, client } = setUp();
    const subscription = client.get('/a').subscribe();
    const task = controller.expectOne('/a');
    subscription.unsubscribe();
    expect([task.cancelled, task.answered, controller.pending]).toEqual([true, false, []]);
    expect(() => task.json(200, 1)).toThrow(
      'respond() comes too late: GET https://api.example.com/a, attempt 1, cancelled',
    );
    for (const late of [
      () => task.fail('CONNECTION_RESET'),
      () => task.head(),
      () => task.chunk('x'),
      () => task.complete(),
      () => task.upload(1),
      () => task.download(1),
    ])
      expect(late).toThrow('too late');
  });

  it('refuses a second answer', () => {
    const { controller, client } = setUp();
    client.get('/a').subscribe();
    client.get('/b').subscribe();
    const [first, second] = controller.match(() => true);
    first!.status(204);
    expect(() => first!.status(204)).toThrow('too late');
    second!.respond(answer.hang());
    expect(() => second!.status(204)).toThrow('There is an answer already');
  });

  it('sends progress, head and chunks one by one', () => {
    const { controller, client } = setUp();
    const { lines } = tell(client.post('/files', 'abc').events);
    const task = controller.expectOne('POST /files');
    task.upload(1, 3);
    task.upload(3, 3);
    task.head(201);
    task.download(2);
    task.chunk('ok');
    task.chunk(new Uint8Array([33]));
    expect(lines).toEqual([
      'sent 1',
      'upload 1/3',
      'upload 3/3',
      'head 201',
      'download 2/?',
      'chunk ok',
      'chunk !',
    ]);
    task.complete();
    expect([lines.at(-1), task.answered]).toEqual(['complete', true]);
  });

  it('puts a head of 200 before a first chunk, and fails in mid-body when told to', () => {
    const { controller, client } = setUp();
    const { lines } = tell(client.get('/feed').events);
    const task = controller.expectOne('/feed');
    task.chunk('a');
    task.fail('CONNECTION_RESET');
    expect(lines).toEqual(['sent 1', 'head 200', 'chunk a', 'error network CONNECTION_RESET']);
  });

  it('sends no progress that nobody looks at', () => {
    const events: string[] = [];
    const { controller, client } = setUp((request, next) =>
      next(request).pipe(tap(({ type }) => events.push(type))),
    );
    client.get('/a').subscribe();
    const task = controller.expectOne('/a');
    task.upload(1);
    task.download(1);
    task.json(200, 1);
    expect(events).toEqual(['sent', 'head', 'chunk']);
  });

  it('hands over each exchange as it is sent', () => {
    const { controller, client } = setUp();
    const urls: string[] = [];
    controller.requests$.subscribe((task) => {
      urls.push(task.request.url);
      task.json(200, urls.length);
    });
    expect([tell(client.get('/a')).lines, tell(client.get('/b')).lines]).toEqual([
      ['1', 'complete'],
      ['2', 'complete'],
    ]);
  });

  it('waits for a request that an asynchronous interceptor sends later', async () => {
    const ready = new Subject<string>();
    const { controller, client } = setUp((request, next) =>
      ready.pipe(
        take(1),
        switchMap((token) =>
          next(request.clone({ headers: request.headers.set('authorization', token) })),
        ),
      ),
    );
    const body = firstValueFrom(client.get('/a'));
    controller.expectNone('/a');
    const requested = firstValueFrom(controller.whenRequested('/a'));
    client.get('/other').subscribe();
    ready.next('Bearer late');
    const task = await requested;
    expect(task.request.headers.get('authorization')).toBe('Bearer late');
    task.json(200, 'served');
    expect(await body).toBe('served');
    controller.expectOne('/other');
    controller.verify();
  });

  it('gives a request at once that was sent before and still waits', async () => {
    const { controller, client } = setUp();
    client.get('/a').subscribe().unsubscribe();
    client.get('/a').subscribe();
    const task = await firstValueFrom(controller.whenRequested('/a'));
    expect(task.cancelled).toBe(false);
    controller.verify({ ignoreCancelled: true });
  });

  it('gives each request to one waiter only', () => {
    const { controller, client } = setUp();
    const got: string[] = [];
    controller
      .whenRequested('/a')
      .subscribe((task) => got.push(`first ${task.request.url.slice(-3)}`));
    controller
      .whenRequested('/a')
      .subscribe((task) => got.push(`second ${task.request.url.slice(-3)}`));
    client.get('/a?1').subscribe();
    client.get('/a?2').subscribe();
    expect(got).toEqual(['first a?1', 'second a?2']);
  });

  it('has an exchange at hand for who looks for it while it is being sent', () => {
    const { controller, client } = setUp();
    const said: string[] = [];
    client.get('/a').events.subscribe((event) => {
      said.push(event.type);
      if (event.type === 'sent') controller.expectOne('/a').json(200, 1);
    });
    expect(said).toEqual(['sent', 'head', 'chunk']);
    controller.verify();
  });

  it('cancels a held exchange in the frame in which its client leaves', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ expectObservable, flush }) => {
        const { controller, client } = setUp();
        const frames: unknown[] = [];
        controller.requests$.subscribe((task) =>
          of(0)
            .pipe(delay(4))
            .subscribe(() => frames.push(task.cancelled)),
        );
        controller.requests$.subscribe((task) =>
          of(0)
            .pipe(delay(6))
            .subscribe(() => frames.push(task.cancelled)),
        );
        expectObservable(client.get('/a'), '^----!').toBe('-----');
        flush();
        expect(frames).toEqual([false, true]);
      },
    );
  });
});
