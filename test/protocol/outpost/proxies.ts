// Every proxy that the outpost is held to: real ones where Debian has them, Traefik and Envoy by imitation.
import { hasCaddy, startCaddy } from '../../support/caddy.ts';
import { startForwardAuthProxy } from '../../support/forward-auth-proxy.ts';
import { hasHaproxy, startHaproxy } from '../../support/haproxy.ts';
import { type Behind, classicLayout, hasNginx, startNginx, swagLayout } from '../../support/nginx.ts';

export interface ProxyKind {
  readonly name: string;
  readonly isInstalled: boolean;
  /** Whether the browser gets Gatelodge's own pages and refusals. */
  readonly passesAnswersOn: boolean;
  readonly upgradesConnections: boolean;
  start(behind: Behind): Promise<{ origin: string; stop(): Promise<void> }>;
}

const always = { isInstalled: true, upgradesConnections: false };

export const PROXIES: readonly ProxyKind[] = [
  {
    name: 'nginx, as authentik documents it',
    isInstalled: hasNginx,
    passesAnswersOn: false,
    upgradesConnections: true,
    start: (behind) => startNginx(behind, classicLayout(behind)),
  },
  {
    name: 'nginx with an absolute unescaped rd',
    isInstalled: hasNginx,
    passesAnswersOn: false,
    upgradesConnections: true,
    start: (behind) => startNginx(behind, classicLayout(behind, '$scheme://$http_host$request_uri')),
  },
  {
    name: 'SWAG',
    isInstalled: hasNginx,
    passesAnswersOn: false,
    upgradesConnections: true,
    start: (behind) => startNginx(behind, swagLayout(behind)),
  },
  {
    name: 'Caddy',
    isInstalled: hasCaddy,
    passesAnswersOn: true,
    upgradesConnections: true,
    start: startCaddy,
  },
  {
    name: 'HAProxy',
    isInstalled: hasHaproxy,
    passesAnswersOn: false,
    upgradesConnections: true,
    start: startHaproxy,
  },
  {
    ...always,
    name: 'Traefik without a route to the outpost (imitated)',
    passesAnswersOn: true,
    start: (behind) => startForwardAuthProxy({ kind: 'traefik', ...behind }),
  },
  {
    ...always,
    name: 'Envoy without a route to the outpost (imitated)',
    passesAnswersOn: true,
    start: (behind) => startForwardAuthProxy({ kind: 'envoy', ...behind }),
  },
];
