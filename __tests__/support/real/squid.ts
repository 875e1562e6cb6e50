import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digests, plainHashes } from './accounts.js';
import { LOG, type RealServer, serving } from './process.js';

/** How often a nonce of Squid's may be used before it is stale. */
export const USES_OF_A_NONCE = 5;

const SHARED_MEMORY = '/dev/shm';
const nameOf = (port: number): string => `coldwire${String(port)}`;

/** Squid: a forward proxy that offers Digest and Basic of realm "squid", and counts nonces strictly. */
export function squid(): Promise<RealServer> {
  return serving({
    program: '/usr/sbin/squid',
    args: (folder, port) => ['-n', nameOf(port), '-N', '-d', '1', '-f', join(folder, 'squid.conf')],
    ready: /Accepting HTTP Socket connections/,
    // Its shared memory, which has no folder.
    tidy: (_folder, port) => {
      for (const name of readdirSync(SHARED_MEMORY))
        if (name.startsWith(`${nameOf(port)}-`)) rmSync(join(SHARED_MEMORY, name), { force: true });
    },
    configure: (folder, port) => {
      writeFileSync(
        join(folder, 'squid.conf'),
        `http_port 127.0.0.1:${String(port)}
pid_filename none
cache_log ${folder}/${LOG}
access_log none
cache_store_log none
cache deny all
cache_mem 8 MB
coredump_dir ${folder}
pinger_enable off
server_persistent_connections off
shutdown_lifetime 0 seconds
visible_hostname proxy.test
auth_param digest program /usr/lib/squid/digest_file_auth -c ${digests(folder, ['squid'])}
auth_param digest children 1
auth_param digest realm squid
auth_param digest nonce_max_count ${String(USES_OF_A_NONCE)}
auth_param digest check_nonce_count on
auth_param basic program /usr/lib/squid/basic_ncsa_auth ${plainHashes(folder)}
auth_param basic children 1
auth_param basic realm squid
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
`,
      );
    },
  });
}
