// ingress-nginx by imitation: Debian's nginx with what the controller makes of the printed Ingresses. Whatever has to do
// with authentication and with headers follows rootfs/etc/nginx/template/nginx.tmpl and internal/ingress/annotations/authreq
// as they were on main at the end of 2024 (controller 1.12), with every setting left as it comes; what its Lua does, finding
// the backend, is done by an address.
import { parseAllDocuments } from 'yaml';
import { type Front, type Fronted, render, textOf } from './front.ts';
import { startNginx } from './nginx.ts';

interface Ingress {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly rules: readonly Rule[] };
}

interface Rule {
  readonly host: string;
  readonly http: { readonly paths: readonly Path[] };
}

interface Path {
  readonly path: string;
  readonly backend: { readonly service: { readonly port: { readonly number: number } } };
}

interface Location {
  readonly path: string;
  readonly port: number;
  readonly annotations: Annotations;
}

/** The annotations that are known here, and what the controller takes for their values. */
const ANNOTATIONS = {
  'auth-url': /^[-.\w~/:?&=$]*$/,
  'auth-signin': /^[-.\w~/:?&=$]*$/,
  'auth-response-headers': /^[A-Za-z\d\-_, ]*$/,
  'proxy-buffer-size': /^\d+[bkmg]?$/i,
};
type Annotations = Partial<Record<keyof typeof ANNOTATIONS, string>>;

export function startIngressNginx(fronted: Fronted): Promise<Front> {
  return startNginx((place) => {
    const rendered = render('ingress-nginx', fronted, place).map((parts) => textOf(parts, 'ingress.yml'));
    const ingresses = rendered.flatMap((text) =>
      parseAllDocuments(text).map((each) => each.toJS() as Ingress),
    );
    const byHost = Map.groupBy(ingresses.flatMap(locationsOf), ({ host }) => host);
    const servers = [...byHost].map(([host, locations]) => server(place.port, host, locations));
    return { sites: HTTP + servers.join('\n') };
  });
}

function locationsOf({ metadata, spec }: Ingress): (Location & { readonly host: string })[] {
  const annotations = checked(metadata.annotations ?? {});
  return spec.rules.flatMap(({ host, http }) =>
    http.paths.map(({ path, backend }) => ({ host, path, port: backend.service.port.number, annotations })),
  );
}

function checked(annotations: Readonly<Record<string, string>>): Annotations {
  const known = new Map(Object.entries(ANNOTATIONS));
  const pairs = Object.entries(annotations).map(([fullName, value]) => {
    const name = fullName.replace('nginx.ingress.kubernetes.io/', '');
    if (!known.get(name)?.test(value)) throw new Error(`The controller refuses ${name}: ${value}`);
    return [name, value];
  });
  return Object.fromEntries(pairs);
}

const HTTP = `
  underscores_in_headers off;
  ignore_invalid_headers on;
  proxy_headers_hash_max_size 512;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  map $http_x_request_id $req_id { default $http_x_request_id; '' $request_id; }
`;

function server(port: number, host: string, locations: readonly Location[]): string {
  return `
  server {
    server_name ${host};
    listen 127.0.0.1:${port};
${locations.map(location).join('\n')}
  }`;
}

function location(each: Location): string {
  const { path, annotations } = each;
  const authPath = `/_external-auth-${Buffer.from(path).toString('base64url')}-Prefix`;
  const body = toBackend(each, annotations['auth-url'] ? judged(authPath, annotations) : '');
  // A prefix ends where a segment does.
  const matched = path === '/' ? [path] : [`${path}/`, `= ${path}`];
  return [
    annotations['auth-url'] ? authLocation(authPath, annotations['auth-url'], annotations) : '',
    annotations['auth-signin'] ? signInLocation(annotations['auth-signin']) : '',
    ...matched.map((match) => `    location ${match} {${body}    }`),
  ].join('\n');
}

function authLocation(path: string, url: string, annotations: Annotations): string {
  return `
    location = ${path} {
      internal;
      access_log off;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Forwarded-Proto "";
      proxy_set_header X-Request-ID $req_id;
      proxy_set_header Host ${new URL(url).hostname};
      proxy_set_header X-Original-URL $scheme://$http_host$request_uri;
      proxy_set_header X-Original-Method $request_method;
      proxy_set_header X-Sent-From "nginx-ingress-controller";
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Auth-Request-Redirect $request_uri;
${buffering(annotations)}
      proxy_ssl_server_name on;
      proxy_pass_request_headers on;
      proxy_http_version 1.1;
      set $target ${url};
      proxy_pass $target;
    }`;
}

const signInName = (url: string) => `@${Buffer.from(url).toString('hex').slice(-40)}`;

function signInLocation(url: string): string {
  const { search, searchParams } = new URL(url);
  const rd = 'rd=$pass_access_scheme://$http_host$escaped_request_uri';
  const address = searchParams.get('rd') ? url : `${url}${search === '' ? '?' : '&'}${rd}`;
  return `
    location ${signInName(url)} {
      internal;
      add_header Set-Cookie $auth_cookie;
      return 302 ${address};
    }`;
}

function judged(authPath: string, annotations: Annotations): string {
  const names = (annotations['auth-response-headers'] ?? '').split(',').map((name) => name.trim());
  const signIn = annotations['auth-signin'];
  return `
      auth_request ${authPath};
      auth_request_set $auth_cookie $upstream_http_set_cookie;
      add_header Set-Cookie $auth_cookie;
${names.map(copied).join('\n')}
${signIn ? `      set_escape_uri $escaped_request_uri $request_uri;\n      error_page 401 = ${signInName(signIn)};` : ''}`;
}

const copied = (name: string, index: number) => `
      auth_request_set $authHeader${index} $upstream_http_${name.toLowerCase().replaceAll('-', '_')};
      proxy_set_header '${name}' $authHeader${index};`;

function toBackend({ port, annotations }: Location, auth: string): string {
  return `
      set $pass_access_scheme $scheme;
      set $best_http_host $http_host;
${auth}
      client_max_body_size 1m;
      proxy_set_header Host $best_http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Request-ID $req_id;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Host $best_http_host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Forwarded-Proto $pass_access_scheme;
      proxy_set_header X-Forwarded-Scheme $pass_access_scheme;
      proxy_set_header X-Scheme $pass_access_scheme;
      proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
      proxy_set_header Proxy "";
${buffering(annotations)}
      proxy_http_version 1.1;
      proxy_redirect off;
      proxy_pass http://127.0.0.1:${port};
`;
}

function buffering({ 'proxy-buffer-size': size = '4k' }: Annotations): string {
  return `
      proxy_buffering off;
      proxy_buffer_size ${size};
      proxy_buffers 4 ${size};
      proxy_request_buffering on;`;
}
