// Every proxy that the outpost is held to: real ones where Debian has them, by the snippets that we print and as people
// have them from authentik; Traefik and Envoy by imitation.
import { existsSync } from 'node:fs';
import { startForwardAuthProxy } from '../../support/forward-auth-proxy.ts';
import { classicLayout, hasNginx, startNginx } from '../../support/nginx.ts';
import {
  type Front,
  type Fronted,
  startCaddySnippet,
  startHaproxySnippet,
  startNginxSnippet,
  startNpmSnippet,
  startSwagSnippet,
} from '../../support/snippet-proxies.ts';

export interface ProxyKind {
  readonly name: string;
  readonly isInstalled: boolean;
  /** Whether the browser gets Gatelodge's own pages and refusals. */
  readonly passesAnswersOn: boolean;
  /** Whether it runs what we print, which also drops what an application could take for a header of ours. */
  readonly isOurSnippet: boolean;
  start(fronted: Fronted): Promise<Front>;
}

const hasCaddy = existsSync('/usr/bin/caddy');
const hasHaproxy = existsSync('/usr/sbin/haproxy');
const ours = { isOurSnippet: true, passesAnswersOn: false };
const classic = { ...ours, isOurSnippet: false, isInstalled: hasNginx };
const imitated = {
  isInstalled: true,
  isOurSnippet: false,
  passesAnswersOn: true,
};
const absolute = '$scheme://$http_host$request_uri';

// biome-ignore format: a table
export const PROXIES: readonly ProxyKind[] = [
  { ...ours, name: 'nginx', isInstalled: hasNginx, start: startNginxSnippet },
  { ...ours, name: 'SWAG', isInstalled: hasNginx, start: startSwagSnippet },
  { ...ours, name: 'Nginx Proxy Manager', isInstalled: hasNginx, start: startNpmSnippet },
  { ...ours, name: 'Caddy', isInstalled: hasCaddy, passesAnswersOn: true, start: startCaddySnippet },
  { ...ours, name: 'HAProxy', isInstalled: hasHaproxy, start: startHaproxySnippet },
  { ...classic, name: 'nginx, as authentik documents it', start: (behind) => startNginx(behind, classicLayout(behind)) },
  { ...classic, name: 'nginx with an absolute unescaped rd', start: (behind) => startNginx(behind, classicLayout(behind, absolute)) },
  { ...imitated, name: 'Traefik without a route to the outpost (imitated)', start: (behind) => startForwardAuthProxy({ kind: 'traefik', ...behind, alsoCopied: ['x-favourite'] }) },
  { ...imitated, name: 'Envoy without a route to the outpost (imitated)', start: (behind) => startForwardAuthProxy({ kind: 'envoy', ...behind, alsoCopied: ['x-favourite'] }) },
];
