// Every proxy that the outpost is held to: real ones by the snippets that we print, nginx also as people have it from
// authentik; and Traefik and Envoy by imitation, for machines without them and without a route to the outpost.
import { startClassicNginx } from '../../support/classic-nginx.ts';
import { hasEnvoy, startEnvoySnippet } from '../../support/envoy.ts';
import { startForwardAuthProxy } from '../../support/forward-auth-proxy.ts';
import type { Front, Fronted } from '../../support/front.ts';
import { hasIngressNginx, startIngressNginx } from '../../support/ingress-nginx.ts';
import { hasNginx } from '../../support/nginx.ts';
import {
  hasCaddy,
  hasHaproxy,
  startCaddySnippet,
  startHaproxySnippet,
  startNginxSnippet,
  startNpmSnippet,
  startSwagSnippet,
} from '../../support/snippet-proxies.ts';
import { hasTraefik, startTraefikFiles, startTraefikLabels } from '../../support/traefik.ts';

export interface ProxyKind {
  readonly name: string;
  readonly isInstalled: boolean;
  /** Whether the browser gets Gatelodge's own pages and refusals. */
  readonly passesAnswersOn: boolean;
  /** Whether it runs what we print. */
  readonly isOurSnippet: boolean;
  /** Whether it passes on no header names that hold anything but letters, digits and hyphens. */
  readonly dropsOddNames: boolean;
  start(fronted: Fronted): Promise<Front>;
}

const ours = { isOurSnippet: true, passesAnswersOn: false, dropsOddNames: true };
const passing = { ...ours, passesAnswersOn: true };
const classic = { ...ours, isOurSnippet: false, isInstalled: hasNginx };
const imitated = {
  isInstalled: true,
  isOurSnippet: false,
  passesAnswersOn: true,
  dropsOddNames: false,
};
const absolute = '$scheme://$http_host$request_uri';

// biome-ignore format: a table
export const PROXIES: readonly ProxyKind[] = [
  { ...ours, name: 'nginx', isInstalled: hasNginx, start: startNginxSnippet },
  { ...ours, name: 'SWAG', isInstalled: hasNginx, start: startSwagSnippet },
  { ...ours, name: 'Nginx Proxy Manager', isInstalled: hasNginx, start: startNpmSnippet },
  { ...ours, name: 'ingress-nginx', isInstalled: hasIngressNginx, start: (behind) => startIngressNginx(behind) },
  { ...ours, name: 'Caddy', isInstalled: hasCaddy, passesAnswersOn: true, start: startCaddySnippet },
  { ...ours, name: 'HAProxy', isInstalled: hasHaproxy, start: startHaproxySnippet },
  { ...passing, name: 'Envoy', isInstalled: hasEnvoy, start: startEnvoySnippet },
  { ...passing, name: 'Traefik, by files', isInstalled: hasTraefik, start: startTraefikFiles },
  { ...passing, name: 'Traefik, by labels', isInstalled: hasTraefik, start: startTraefikLabels },
  { ...classic, name: 'nginx, as authentik documents it', start: (behind) => startClassicNginx(behind) },
  { ...classic, name: 'nginx with an absolute unescaped rd', start: (behind) => startClassicNginx(behind, absolute) },
  { ...imitated, name: 'Traefik without a route to the outpost (imitated)', start: (behind) => startForwardAuthProxy({ kind: 'traefik', ...behind, alsoCopied: ['x-favourite'] }) },
  { ...imitated, name: 'Envoy without a route to the outpost (imitated)', start: (behind) => startForwardAuthProxy({ kind: 'envoy', ...behind, alsoCopied: ['x-favourite'] }) },
];

/** The others are named as skipped; in CI that is a failure (support/run.ts). */
export const RUNNABLE: readonly ProxyKind[] = PROXIES.filter(({ isInstalled }) => isInstalled);
export const LEFT_OUT: readonly ProxyKind[] = PROXIES.filter(({ isInstalled }) => !isInstalled);
