// Debian's Caddy before one application, with `forward_auth`.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from './free-port.ts';
import type { Behind } from './nginx.ts';
import { startServerProcess } from './server-process.ts';

const CADDY = '/usr/bin/caddy';

export const hasCaddy: boolean = existsSync(CADDY);

const COPIED = [
  ...['Username', 'Groups', 'Entitlements', 'Email', 'Name', 'Uid', 'Jwt'],
  ...['Meta-Jwks', 'Meta-Outpost', 'Meta-Provider', 'Meta-App', 'Meta-Version'],
].map((name) => `X-Authentik-${name}`);

export async function startCaddy(behind: Behind): Promise<{ origin: string; stop(): Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gatelodge-caddy-'));
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  const file = path.join(directory, 'Caddyfile');
  await writeFile(file, caddyfile(directory, port, behind));
  const args = ['run', '--config', file, '--adapter', 'caddyfile'];
  const caddy = await startServerProcess(CADDY, args, () => fetch(`${origin}/caddy-is-up`), {});
  return {
    origin,
    async stop() {
      await caddy.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function caddyfile(directory: string, port: number, { gatelodge, application }: Behind): string {
  const outpost = new URL(gatelodge).host;
  return `{
  admin off
  auto_https off
  storage file_system ${directory}
  log {
    level ERROR
  }
}
http://:${port} {
  bind 127.0.0.1
  respond /caddy-is-up 204
  route {
    reverse_proxy /outpost.goauthentik.io/* ${outpost}
    forward_auth ${outpost} {
      uri /outpost.goauthentik.io/auth/caddy
      copy_headers ${COPIED.join(' ')}
      trusted_proxies private_ranges
    }
    reverse_proxy ${new URL(application).host}
  }
}
`;
}
