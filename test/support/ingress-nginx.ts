// ingress-nginx: its own controller (test/applications/ingress-nginx) checks the printed Ingresses and makes nginx.conf of
// them, which Debian's nginx runs. The controller's image has an nginx with Lua, which Debian's does without: an upstream
// for each backend stands where Lua finds it (the rest of the Lua is about TLS and about proxies in front, of which there
// are none). TLS and streams are left out; files, internal ports and the cluster's DNS are the suite's.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { type Front, type Fronted, type Place, render, textOf } from './front.ts';
import { hasNginx, isUpServer, MAIN, runNginx } from './nginx.ts';

const BUILT = path.resolve(import.meta.dirname, '../applications/ingress-nginx/bin');
const CONTROLLER = path.join(BUILT, 'ingress-nginx');

/** Whether scripts/test-packages has built it. */
export const hasIngressNginx: boolean = hasNginx && existsSync(CONTROLLER);

/** Settings of the controller's ConfigMap. */
type Settings = Readonly<Record<string, string>>;

/** What release 1.12 made stricter, where none of the settings says otherwise. */
const SINCE_1_12: Settings = {
  'annotations-risk-level': 'High',
  'allow-cross-namespace-resources': 'false',
  'strict-validate-path-type': 'true',
};

const SERVICE = 'gatelodge.gatelodge.svc.cluster.local';

export function startIngressNginx(fronted: Fronted, settings: Settings = {}): Promise<Front> {
  return runNginx((place) => {
    const gatelodge = `http://${SERVICE}:${new URL(fronted.gatelodge).port}`;
    const ingresses = render('ingress-nginx', { ...fronted, gatelodge }, place).map((parts) =>
      textOf(parts, 'ingress.yml'),
    );
    const written = nginxConf(ingresses, { ...settingsAt(place), ...settings }, place.port);
    return { 'nginx.conf': onDebian(written, place) };
  });
}

/** The nginx.conf that the controller makes of these Ingresses; throws what it says when it refuses one. */
export function nginxConf(ingresses: readonly string[], settings: Settings = {}, port = 80): string {
  const manifests = [INGRESS_CLASS, configMap({ ...SINCE_1_12, ...settings }), ...ingresses];
  const { status, stdout, stderr } = spawnSync(CONTROLLER, [path.join(BUILT, 'nginx.tmpl'), String(port)], {
    input: manifests.join('\n---\n'),
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (status !== 0) throw new Error(stderr.trimEnd().split('\n').at(-1));
  return stdout;
}

const INGRESS_CLASS = stringify({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'nginx' },
  spec: { controller: 'k8s.io/ingress-nginx' },
});

const configMap = (data: Settings) =>
  stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ingress-nginx-controller', namespace: 'default' },
    data,
  });

/** What an older nginx without the module headers-more needs, and this machine. */
const settingsAt = ({ directory, port }: Place): Settings => ({
  'main-snippet': MAIN,
  'http-snippet': isUpServer(port),
  'bind-address': '127.0.0.1',
  'use-http2': 'false',
  'server-tokens': 'true',
  'worker-processes': '1',
  'max-worker-connections': '1024',
  'disable-access-log': 'true',
  'error-log-path': path.join(directory, 'error.log'),
});

function onDebian(written: string, { directory }: Place): string {
  return written
    .replaceAll(/^(\t*)\w+_by_lua_block\b.*\{\n(?:.*\n)*?\1\}\n/gm, '')
    .replaceAll(/^\t*lua_.*\n/gm, '')
    .replace(/^stream \{\n(?:.*\n)*?\}/m, '')
    .replaceAll(/^\t*(?:listen .* ssl|ssl_certificate(?:_key)? *);\n/gm, '')
    .replaceAll(/listen (?:127\.0\.0\.1:)?(8181|10246)\b.*;/g, `listen unix:${directory}/$1.sock;`)
    .replaceAll('/tmp/nginx/', `${directory}/`)
    .replaceAll(`set $target http://${SERVICE}:`, 'set $target http://127.0.0.1:')
    .replace(/^(\t*)upstream upstream_balancer \{\n(?:.*\n)*?\1\}\n/m, (balancer) =>
      upstreams(written, balancer, directory),
    )
    .replaceAll(/(?<=proxy_pass +http:\/\/)upstream_balancer;/g, '$$proxy_upstream_name;');
}

/** One for each backend, by the name that the balancer knows it by, with the balancer's own connections. */
function upstreams(written: string, balancer: string, directory: string): string {
  const kept = balancer.match(/^\t*keepalive.*;$/gm) ?? [];
  const names = written.matchAll(/set \$proxy_upstream_name "(upstream-default-backend|.*-\d+)";/g);
  return [...new Set([...names].map(([, name = '']) => name))]
    .map((name) => {
      const [port] = /\d+$/.exec(name) ?? [];
      const server = port === undefined ? `unix:${directory}/8181.sock` : `127.0.0.1:${port}`;
      return `upstream ${name} {\nserver ${server};\n${kept.join('\n')}\n}\n`;
    })
    .join('');
}
