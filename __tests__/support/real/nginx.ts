import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADA, passwords } from './accounts.js';
import { LOG, type RealServer, serving } from './process.js';

const BASIC_ADA = `Basic ${Buffer.from(`${ADA.user}:${ADA.password}`).toString('base64')}`;

/** nginx in front of the server on `backend`: `/basic/` wants Basic of realm "nginx". */
export function nginx(backend: number): Promise<RealServer> {
  return nginxWith(
    (folder) => `
    location /basic/ {
      auth_basic "nginx";
      auth_basic_user_file ${passwords(folder)};
      proxy_pass http://127.0.0.1:${String(backend)};
    }`,
  );
}

/** nginx as a forward proxy for plain HTTP that wants Basic of realm "nginx proxy". */
export function nginxProxy(): Promise<RealServer> {
  return nginxWith(
    () => `
    add_header Proxy-Authenticate 'Basic realm="nginx proxy"' always;
    location / {
      if ($http_proxy_authorization != "${BASIC_ADA}") { return 407; }
      proxy_set_header Proxy-Authorization "";
      proxy_set_header Host $http_host;
      proxy_pass http://$http_host$request_uri;
    }`,
  );
}

function nginxWith(locations: (folder: string) => string): Promise<RealServer> {
  return serving({
    program: '/usr/sbin/nginx',
    args: (folder) => ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')],
    ready: /event method/,
    configure: (folder, port) => {
      writeFileSync(
        join(folder, 'nginx.conf'),
        `daemon off;
master_process off;
error_log ${folder}/${LOG} notice;
pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/client;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 0;
  proxy_request_buffering off;
  proxy_http_version 1.1;
  server {
    listen 127.0.0.1:${String(port)};
    ${locations(folder)}
  }
}
`,
      );
    },
  });
}
