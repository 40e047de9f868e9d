// Ready configurations: what to write into a proxy so that it asks us about one application, with the real names filled
// in. The templates are the files in templates/; the test suite runs what they become through the real proxies.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Eta } from 'eta';
import { headerNames } from '../identity-headers.ts';
import type { ProxyProvider } from '../provider/proxy-provider.ts';

const TEMPLATES = path.join(import.meta.dirname, 'templates');

// biome-ignore format: a table
const FORWARD = {
  nginx:            ['nginx/site.conf'],
  swag:             ['swag/authentik-server.conf', 'swag/authentik-location.conf', 'swag/subdomain.conf'],
  npm:              ['npm/advanced.conf'],
  'traefik-labels': ['traefik-labels/compose.yml'],
  'traefik-file':   ['traefik-file/dynamic.yml'],
  caddy:            ['caddy/Caddyfile'],
  envoy:            ['envoy/envoy.yml'],
  haproxy:          ['haproxy/global.cfg', 'haproxy/gatelodge.lua', 'haproxy/frontend.cfg', 'haproxy/backends.cfg'],
  'ingress-nginx':  ['ingress-nginx/ingress.yml'],
} as const;

/** Before an application in proxy mode there may be a proxy too, for TLS; it passes everything on to us. */
// biome-ignore format: a table
const DIRECT = {
  nginx:          ['direct/nginx.conf'],
  'traefik-file': ['direct/traefik.yml'],
  caddy:          ['direct/Caddyfile'],
} as const;

export type SnippetKind = keyof typeof FORWARD;
export const SNIPPET_KINDS = Object.keys(FORWARD) as SnippetKind[];

/** One file, or a part of one, as its first line says. */
export interface SnippetPart {
  readonly file: string;
  readonly text: string;
}

type Fenced = Pick<
  ProxyProvider,
  'mode' | 'externalHost' | 'internalHost' | 'cookieDomain' | 'sendsRemoteHeaders' | 'basicAuthEnabled'
> & {
  readonly provider: { readonly application: { slug: string; name: string } | null; readonly name: string };
};

/** What only the proxy's own machine knows; the defaults are what most have. */
export interface Surroundings {
  /** Host and port at which the proxy reaches us. */
  readonly gatelodge?: string;
  /** Address and port where the proxy listens. */
  readonly listen?: string;
  /** The folder of its configuration. */
  readonly directory?: string;
  /** Headers that some people are given (additional-name.ts). */
  readonly additionalNames?: readonly string[];
}

/** The kinds of proxy that there is a configuration for. */
export function snippetKindsFor({ mode }: Pick<Fenced, 'mode'>): SnippetKind[] {
  return mode === 'proxy' ? (Object.keys(DIRECT) as SnippetKind[]) : SNIPPET_KINDS;
}

/** The configuration for that kind of proxy, in one or more parts; none where there is none. */
export function renderSnippet(
  kind: SnippetKind,
  provider: Fenced,
  surroundings: Surroundings = {},
): SnippetPart[] {
  const table: Readonly<Partial<Record<SnippetKind, readonly string[]>>> =
    provider.mode === 'proxy' ? DIRECT : FORWARD;
  const data = dataOf(kind, provider, surroundings);
  return (table[kind] ?? []).map((file) => ({
    file: path.basename(file),
    text: TEXT.renderString(templateOf(file), data),
  }));
}

const TEXT = new Eta({ autoEscape: false, autoTrim: false });

/** A line that holds nothing but a condition or a loop leaves no line behind. */
function templateOf(file: string): string {
  const text = readFileSync(path.join(TEMPLATES, file), 'utf8');
  return text.replaceAll(/^[ \t]*(<%(?!=).*%>)\n/gm, '$1');
}

/** What a header name may hold beside letters, digits and hyphens (RFC 9110 §5.6.2). */
const ODD_CHARACTERS = [..."!#$%&'*+.^_`|~"];

function dataOf(kind: SnippetKind, provider: Fenced, surroundings: Surroundings) {
  const {
    gatelodge = 'gatelodge:9000',
    directory = kind === 'swag' ? '/config/nginx' : `/etc/${kind}`,
    additionalNames = [],
  } = surroundings;
  const { application } = provider.provider;
  const slug = application?.slug ?? provider.provider.name;
  const { protocol, hostname, host, origin, port } = new URL(provider.externalHost);
  const isSecure = protocol === 'https:';
  const { listen = isSecure ? '443 ssl' : port || '80' } = surroundings;
  const credentials = provider.basicAuthEnabled ? ['Authorization'] : [];
  return {
    slug,
    id: slug.replaceAll('-', '_'),
    name: oneLine(application?.name ?? slug),
    ...{ origin, scheme: protocol.slice(0, -1), host, hostname, isSecure },
    serverName: hostname,
    entryPoint: isSecure ? 'websecure' : 'web',
    ...{ listen, directory, gatelodge },
    ...partsOf(gatelodge),
    site:
      surroundings.listen === undefined
        ? origin
        : `http://${hostname}:${surroundings.listen.split(':').at(-1)}`,
    application: applicationAt(provider.internalHost || `http://${slug}:8080`),
    told: [...headerNames({ ...provider, additionalNames }), ...credentials].map(spelled),
    tellable: headerNames({ sendsRemoteHeaders: true, additionalNames }).map(spelled),
    credentials: credentials.map(spelled),
    additionalNames,
    oddCharacters: ODD_CHARACTERS,
  };
}

function partsOf(gatelodge: string) {
  const gatelodgeHost = gatelodge.replace(/:\d+$/, '');
  const gatelodgePort = /:(\d+)$/.exec(gatelodge)?.[1] ?? '9000';
  return { gatelodgeHost, gatelodgePort, cluster: inCluster(gatelodgeHost) };
}

/** Our Service in a Kubernetes cluster, and a name by which even those find us who look up whole names only. */
function inCluster(host: string) {
  const ours = { service: 'gatelodge', namespace: 'gatelodge' };
  if (/^[\w-]+$/.test(host)) return { ...ours, service: host, host: `${host}.gatelodge.svc.cluster.local` };
  const [, service, namespace] = /^([^.]+)\.([^.]+)\.svc(?:\.|$)/.exec(host) ?? [];
  return service && namespace ? { service, namespace, host } : { ...ours, host };
}

function applicationAt(internalHost: string) {
  const { protocol, hostname, host, origin, port } = new URL(internalHost);
  const number = port || (protocol === 'https:' ? '443' : '80');
  const authority = port === '' ? `${host}:${number}` : host;
  return { scheme: protocol.slice(0, -1), hostname, authority, origin, port: number };
}

/** A header's name as templates need it: in small letters, as part of a variable's name, and as Go writes names. */
function spelled(name: string) {
  const lower = name.toLowerCase();
  const canonical = lower.replaceAll(/(?:^|-)./g, (start) => start.toUpperCase());
  return { name, lower, variable: lower.replaceAll('-', '_'), canonical };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
