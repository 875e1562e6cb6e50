// Makes the test certificates beside this file: `node __tests__/support/tls/generate.mjs`. Needs the openssl command.
// They are valid for 100 years, sign nothing real, and their keys are public on purpose.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'test-tls-'));
const openssl = (...args) =>
  execFileSync('openssl', args, { cwd: work, stdio: ['ignore', 'pipe', 'pipe'] });

function key(name) {
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
  openssl('pkcs8', '-topk8', '-nocrypt', '-in', `${name}.key`, '-out', `${name}.key.pem`);
}

function authority(name, commonName) {
  key(name);
  openssl(
    'req',
    '-x509',
    '-new',
    '-key',
    `${name}.key.pem`,
    '-days',
    '36500',
    '-subj',
    `/CN=${commonName}`,
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
    '-out',
    `${name}.pem`,
  );
}

function leaf(name, authorityName, alternativeNames, startDate, endDate) {
  key(name);
  openssl('req', '-new', '-key', `${name}.key.pem`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
  writeFileSync(join(work, 'index.txt'), '');
  writeFileSync(
    join(work, `${name}.conf`),
    `[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nrand_serial=yes\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=e\nunique_subject=no\n` +
      `[p]\ncommonName=supplied\n[e]\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=${alternativeNames}\n`,
  );
  openssl(
    'ca',
    '-batch',
    '-notext',
    '-config',
    `${name}.conf`,
    '-cert',
    `${authorityName}.pem`,
    '-keyfile',
    `${authorityName}.key.pem`,
    '-startdate',
    startDate,
    '-enddate',
    endDate,
    '-in',
    `${name}.csr`,
    '-out',
    `${name}.pem`,
  );
}

const LOCAL = 'DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1';
const EVER = ['20200101000000Z', '21200101000000Z'];
authority('ca', 'test authority');
authority('stranger-ca', 'stranger authority');
leaf('localhost', 'ca', LOCAL, ...EVER);
leaf('wrong-host', 'ca', 'DNS:wrong.test', ...EVER);
leaf('expired', 'ca', LOCAL, '20200101000000Z', '20200102000000Z');
leaf('untrusted', 'stranger-ca', LOCAL, ...EVER);
for (const name of ['localhost', 'wrong-host', 'expired', 'untrusted']) {
  for (const file of [`${name}.pem`, `${name}.key.pem`])
    writeFileSync(join(here, file), readFileSync(join(work, file)));
}
writeFileSync(join(here, 'ca.pem'), readFileSync(join(work, 'ca.pem')));
rmSync(work, { recursive: true });
