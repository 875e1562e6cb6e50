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
  node: below,
  testing: below,
  streams: [...below, 'decode', 'policies', 'upload'],
  challenges: [...below, 'auth'],
  sse: [...below, 'decode', 'policies', 'client'],
  client: [...below, 'decode', 'policies', 'auth', 'axios', 'upload'],
};

// Rooms that may import what, from outside the house.
const outside = [
  { what: 'axios', path: '(^|/)node_modules/axios/', rooms: ['axios'] },
  { what: 'rxjs', path: '(^|/)node_modules/rxjs/', not: ['http', 'errors'] },
  { what: 'eventsource-parser', path: '(^|/)node_modules/eventsource-parser/', rooms: ['sse'] },
  { what: 'noble', path: '(^|/)node_modules/@noble/hashes/', rooms: ['challenges'] },
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
    to: { path: rooms(['testing', 'streams', 'sse', 'challenges', 'node', 'angular']) },
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
