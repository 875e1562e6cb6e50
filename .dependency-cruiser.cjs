// The rooms, and what each may import. Whatever is not in this table is forbidden.
const below = ['http', 'errors', 'task'];
const table = {
  http: [],
  errors: ['http'],
  task: ['http', 'errors'],
  decode: below,
  policies: below,
  auth: below,
  axios: below,
  upload: below,
  testing: below,
  streams: [...below, 'decode', 'policies', 'upload'],
  challenges: [...below, 'auth'],
  sse: [...below, 'decode', 'policies', 'client'],
  transfers: [...below, 'decode', 'policies', 'upload', 'client'],
  node: [...below, 'decode', 'policies', 'upload', 'client', 'transfers'],
  oauth: [...below, 'auth', 'decode', 'client'],
  cookies: below,
  keyring: [...below, 'challenges'],
  client: [...below, 'decode', 'policies', 'auth', 'axios', 'upload'],
};

const sideDoors = [
  'testing',
  'streams',
  'sse',
  'challenges',
  'transfers',
  'node',
  'oauth',
  'cookies',
  'keyring',
  'angular',
];

// Rooms that may import what, from outside the house.
const outside = [
  { what: 'axios', path: '(^|/)node_modules/axios/', rooms: ['axios'] },
  { what: 'rxjs', path: '(^|/)node_modules/rxjs/', not: ['http', 'errors'] },
  { what: 'eventsource-parser', path: '(^|/)node_modules/eventsource-parser/', rooms: ['sse'] },
  { what: 'noble', path: '(^|/)node_modules/@noble/hashes/', rooms: ['challenges', 'transfers'] },
  { what: 'tough-cookie', path: '(^|/)node_modules/tough-cookie/', rooms: ['cookies'] },
  { what: 'oauth4webapi', path: '(^|/)node_modules/oauth4webapi/', rooms: ['oauth'] },
  { what: 'keyring', path: '(^|/)node_modules/@napi-rs/keyring/', rooms: ['keyring'] },
  {
    what: 'structured-headers',
    path: '(^|/)node_modules/structured-headers/',
    rooms: ['transfers'],
  },
  {
    what: 'content-disposition',
    path: '(^|/)node_modules/content-disposition/',
    rooms: ['node'],
  },
  { what: 'Node', types: ['core'], rooms: ['node', 'axios'] },
];

const room = (name) => `^src/${name}/`;
const rooms = (names) => `^src/(${names.join('|')})/`;

const forbidden = [
  { name: 'no-cycles', from: {}, to: { circular: true } },
  { name: 'no-unresolved', from: {}, to: { couldNotResolve: true } },
  {
    name: 'every-room-is-in-the-table',
    from: { path: '^src/', pathNot: [rooms(Object.keys(table)), '^src/index\\.ts$'] },
    to: {},
  },
  ...Object.entries(table).map(([name, allowed]) => ({
    name: `${name}-imports-only-from-below`,
    from: { path: room(name) },
    to: { path: '^src/', pathNot: rooms([name, ...allowed]) },
  })),
  {
    name: 'index-leaves-side-doors-alone',
    from: { path: '^src/index\\.ts$' },
    to: { path: rooms(sideDoors) },
  },
  ...outside.map(({ what, path, types, rooms: only, not }) => ({
    name: `${what.toLowerCase()}-only-where-it-belongs`,
    from: only ? { path: '^src/', pathNot: rooms(only) } : { path: rooms(not) },
    to: types ? { dependencyTypes: types } : { path },
  })),
  {
    name: 'nothing-else-from-outside',
    from: { path: '^src/' },
    to: {
      pathNot: ['^src/', ...outside.flatMap(({ path }) => path ?? [])],
      dependencyTypesNot: ['core'],
    },
  },
];

module.exports = {
  forbidden: forbidden.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
