// The loopback server that snippets of the documents talk to. Each call of `snippetServer` is a fresh one.
import { createServer } from 'node:http';

const people = [
  { id: 1, name: 'Ada' },
  { id: 2, name: 'Grace' },
];
const items = [
  { id: 1, title: 'First' },
  { id: 2, title: 'Second' },
];

/** Starts a server that does not hold the process open. `elsewhere` is where `/elsewhere` leads. */
export async function snippetServer(elsewhere = () => '') {
  let flaky = 0;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const body = await collect(request).catch(() => Buffer.alloc(0));
    const call = { method: request.method, headers: request.headers, url, body };
    const json = (status, value, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(value === undefined ? undefined : JSON.stringify(value));
    };
    for (const [pattern, answer] of routes) {
      const match = pattern.exec(url.pathname);
      if (
        match &&
        answer({ ...call, id: match[1], json, response, elsewhere, flaky: () => ++flaky }) !== false
      )
        return;
    }
    json(404, { message: 'no such route' });
  });
  server.on('connection', (socket) => socket.unref());
  server.unref();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${server.address().port}`;
}

const routes = [
  [/^\/users$/, (call) => collection(call, people, 'name')],
  [/^\/users\/(\d+)$/, (call) => member(call, people, 'user')],
  [/^\/items$/, (call) => collection(call, items, 'title')],
  [/^\/items\/(\d+)$/, (call) => member(call, items, 'item')],
  [
    /^\/echo$/,
    ({ method, url, headers, body, json }) =>
      json(200, {
        method,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers,
        body: body.toString(),
      }),
  ],
  [
    /^\/status\/(\d+)$/,
    ({ id, url, json }) => {
      const wait = url.searchParams.get('retryAfter');
      json(Number(id), { message: `status ${id}` }, wait ? { 'retry-after': wait } : {});
    },
  ],
  [
    /^\/flaky$/,
    ({ flaky, json }) => {
      const attempts = flaky();
      if (attempts < 3) json(503, { message: 'not now' }, { 'retry-after': '0' });
      else json(200, { attempts });
    },
  ],
  [/^\/slow$/, () => {}],
  [
    /^\/stall$/,
    ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      response.write('{"half":');
    },
  ],
  [/^\/feed$/, ({ response }) => drip(response, 'application/x-ndjson', (n) => `{"n":${n}}\n`)],
  [/^\/lines$/, ({ response }) => drip(response, 'text/plain', (n) => `line ${n}\n`)],
  [
    /^\/events$/,
    ({ response }) => drip(response, 'text/event-stream', (n) => `id: ${n}\ndata: {"n":${n}}\n\n`),
  ],
  [
    /^\/private$/,
    ({ headers, json }) => {
      const known = ['Bearer fresh', `Basic ${Buffer.from('ada:pw').toString('base64')}`];
      if (known.includes(headers.authorization)) json(200, { secret: 'for Ada' });
      else
        json(
          401,
          { message: 'who are you?' },
          { 'www-authenticate': 'Basic realm="snippets", charset="UTF-8"' },
        );
    },
  ],
  [/^\/token$/, ({ json }) => json(200, { accessToken: 'fresh' })],
  [/^\/redirect$/, ({ json }) => json(302, {}, { location: '/users/1' })],
  [/^\/loop$/, ({ json }) => json(302, {}, { location: '/loop' })],
  [/^\/elsewhere$/, ({ json, elsewhere }) => json(302, {}, { location: `${elsewhere()}/echo` })],
  [
    /^\/malformed$/,
    ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"id": 1,');
    },
  ],
  [
    /^\/file$/,
    ({ response }) => {
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': 65536,
      });
      response.end(Buffer.alloc(65536, 7));
    },
  ],
  [
    /^\/film$/,
    ({ headers, response }) => part(response, Buffer.alloc(65536, 'film'), headers.range),
  ],
  [
    /^\/cut-film$/,
    ({ headers, response }) => part(response, Buffer.alloc(65536, 'film'), headers.range, 30000),
  ],
  [
    /^\/big$/,
    ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      for (let part = 0; part < 16; part += 1) response.write(Buffer.alloc(65536, part));
      response.end();
    },
  ],
  [/^\/tus(?:\/(\d+))?$/, tus],
  [
    /^\/files(?:\/.*)?$/,
    ({ method, body, json }) =>
      ['POST', 'PUT', 'PATCH'].includes(method) ? json(200, { bytes: body.length }) : false,
  ],
];

const tusUploads = [];

/** tus 1.0, as much of it as an upload needs that nothing befalls. */
function tus({ method, id, headers, body, response }) {
  if (method === 'POST') tusUploads.push({ length: headers['upload-length'], offset: 0 });
  const number = Number(id ?? tusUploads.length);
  const upload = tusUploads[number - 1];
  if (upload === undefined) return false;
  if (method === 'DELETE') tusUploads[number - 1] = undefined;
  else if (method === 'PATCH' && Number(headers['upload-offset']) !== upload.offset) {
    response.writeHead(409).end();
    return undefined;
  }
  upload.offset += body.length;
  response.writeHead(method === 'POST' ? 201 : method === 'HEAD' ? 200 : 204, {
    'tus-resumable': '1.0.0',
    'upload-offset': upload.offset,
    ...(method === 'POST' ? { location: `/tus/${number}` } : {}),
    ...(upload.length === undefined ? {} : { 'upload-length': upload.length }),
  });
  response.end();
  return undefined;
}

function collection({ method, url, body, json }, list, label) {
  if (method === 'POST') return json(201, { id: 3, ...parsed(body) });
  const wanted = (url.searchParams.get('q') ?? url.searchParams.get(label) ?? '').toLowerCase();
  return json(
    200,
    list.filter((one) => one[label].toLowerCase().includes(wanted)),
  );
}

function member({ method, id, body, json }, list, what) {
  if (method === 'DELETE') return json(204);
  if (method === 'PUT' || method === 'PATCH') return json(200, { id: Number(id), ...parsed(body) });
  const found = list.find((one) => one.id === Number(id));
  return found ? json(200, found) : json(404, { message: `no such ${what}` });
}

/** A body or the part of it that is asked for, cut after so many bytes. */
function part(response, whole, range, upTo = Infinity) {
  const first = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const body = whole.subarray(first);
  response.writeHead(first > 0 ? 206 : 200, {
    'content-type': 'video/mp4',
    'content-disposition': 'attachment; filename="one.mp4"',
    'content-length': body.length,
    etag: '"one"',
    ...(first > 0 && { 'content-range': `bytes ${first}-${whole.length - 1}/${whole.length}` }),
  });
  if (body.length <= upTo) response.end(body);
  else response.write(body.subarray(0, upTo), () => response.destroy());
}

function drip(response, type, line) {
  response.writeHead(200, { 'content-type': type });
  let n = 0;
  const timer = setInterval(() => {
    n += 1;
    response.write(line(n));
    if (n < 3) return;
    clearInterval(timer);
    response.end();
  }, 5);
  response.on('close', () => clearInterval(timer));
}

async function collect(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parsed(body) {
  try {
    return JSON.parse(body.toString());
  } catch {
    return {};
  }
}
