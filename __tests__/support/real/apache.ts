import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digests, passwords } from './accounts.js';
import { LOG, type RealServer, serving } from './process.js';

const MODULES = [
  'mpm_event',
  'authn_core',
  'authn_file',
  'authz_core',
  'authz_user',
  'auth_basic',
  'auth_digest',
  'headers',
  'proxy',
  'proxy_http',
];

/**
 * Apache in front of the server on `backend`, which sees whom Apache lets in. `/open/` is open; the others are:
 * `/basic/` (realm staff; `/basic/bob/` in the same realm for Bob alone), `/quoted/` (Basic, a realm with quotes and commas),
 * `/digest/` (realm vault), `/proof/` and `/once/` (Digest, files of its own, each nonce for one request in the second), `/several/`
 * (Digest, with a scheme that nobody knows and Basic beside it).
 */
export function apache(backend: number): Promise<RealServer> {
  return serving({
    program: '/usr/sbin/apache2',
    args: (folder) => ['-D', 'FOREGROUND', '-f', join(folder, 'apache.conf')],
    ready: /resuming normal operations/,
    // It would take the one that was ended for running, for as long as nobody has asked how that ended.
    tidy: (folder) => {
      rmSync(join(folder, 'apache.pid'), { force: true });
    },
    configure: (folder, port) => {
      for (const file of ['proof/a', 'once/a', 'once/b', 'once/c']) {
        mkdirSync(join(folder, 'www', dirname(file)), { recursive: true });
        writeFileSync(join(folder, 'www', file), '7');
      }
      writeFileSync(join(folder, 'apache.conf'), configuration(folder, port, backend));
    },
  });
}

function configuration(folder: string, port: number, backend: number): string {
  const users = passwords(folder);
  const secrets = digests(folder, ['vault', 'proof', 'once', 'several']);
  const basic = (path: string, realm: string, who: string): string => `
<Location ${path}>
  AuthType Basic
  AuthName "${realm}"
  AuthBasicProvider file
  AuthUserFile ${users}
  Require ${who}
</Location>`;
  const digest = (realm: string, path: string, more = ''): string => `
<Location ${path}>
  AuthType Digest
  AuthName "${realm}"
  AuthDigestProvider file
  AuthUserFile ${secrets}
  AuthDigestDomain ${path}
  ${more}
  Require valid-user
</Location>`;
  return `ServerRoot ${folder}
ServerName 127.0.0.1
Listen 127.0.0.1:${String(port)}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder} default
ErrorLog ${folder}/${LOG}
LogLevel notice
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
StartServers 1
ServerLimit 1
ThreadsPerChild 25
MaxRequestWorkers 25
KeepAliveTimeout 60
MaxKeepAliveRequests 0
DocumentRoot ${folder}/www
ProxyPass /proof/ !
ProxyPass /once/ !
ProxyPass / http://127.0.0.1:${String(backend)}/
<Location />
  Require all granted
</Location>
${basic('/basic/', 'staff', 'valid-user')}
${basic('/basic/bob/', 'staff', 'user bob')}
${basic('/quoted/', 'a, \\"b\\" = c', 'valid-user')}
${digest('vault', '/digest/')}
${digest('proof', '/proof/')}
${digest('once', '/once/', 'AuthDigestNonceLifetime 0')}
${digest(
  'several',
  '/several/',
  `Header always add WWW-Authenticate 'Newauth realm="apps", type=1, Basic realm="several"' "expr=%{REQUEST_STATUS} == 401"`,
)}
`;
}
