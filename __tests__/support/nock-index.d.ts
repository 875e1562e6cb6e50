/** nock's own module, by a path that the mapping of `nock` in jest.config.js does not catch. */
declare module 'nock/index.js' {
  import nock from 'nock';

  export default nock;
}
