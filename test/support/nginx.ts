// Debian's nginx: what every configuration of it needs that is to run as the suite's own process, beside Debian's.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Front, type Place, startFront } from './front.ts';

const NGINX = '/usr/sbin/nginx';

export const hasNginx: boolean = existsSync(NGINX);

interface NginxFiles {
  /** What stands in the http block. */
  readonly sites: string;
  /** Further files beside the main one. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Starts nginx with these sites, which listen at the place's port. */
export function startNginx(configure: (place: Place) => NginxFiles): Promise<Front> {
  return runNginx((place) => {
    const { sites, files = {} } = configure(place);
    return { 'nginx.conf': mainFile(place, sites), ...files };
  });
}

/** Starts nginx with these files, of which nginx.conf is the main one; it stays in the foreground. */
export function runNginx(configure: (place: Place) => Readonly<Record<string, string>>): Promise<Front> {
  const args = ({ directory }: Place) => [
    ...['-e', path.join(directory, 'error.log'), '-c', path.join(directory, 'nginx.conf')],
  ];
  return startFront(NGINX, args, configure);
}

/** What a main file begins with: Debian's modules, and the user who runs the suite. */
export const MAIN = `
include /etc/nginx/modules-enabled/*.conf;
${process.getuid?.() === 0 ? 'user root;' : ''}
`;

/** The server that says that it is up. */
export const isUpServer = (port: number): string => `
  server {
    listen 127.0.0.1:${port};
    server_name 127.0.0.1;
    location = /front-is-up { return 204; }
  }
`;

function mainFile({ directory, port }: Place, sites: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
${MAIN}
daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log info;
events { worker_connections 256; }
http {
  access_log off;
  server_names_hash_bucket_size 128;
  map_hash_bucket_size 128;
${temporary.map((name) => `  ${name}_temp_path ${directory}/${name};`).join('\n')}
${sites}
${isUpServer(port)}
}
`;
}
