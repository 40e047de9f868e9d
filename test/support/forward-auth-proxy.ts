// Proxies that cannot be installed here, by exact imitation of their requests: Traefik's ForwardAuth (with the
// twelve authResponseHeaders) and Envoy's ext_authz over HTTP with a path prefix.
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

const COPIED = [
  ...['username', 'groups', 'entitlements', 'email', 'name', 'uid', 'jwt'],
  ...['meta-jwks', 'meta-outpost', 'meta-provider', 'meta-app', 'meta-version'],
].map((name) => `x-authentik-${name}`);

export interface Imitation {
  readonly kind: 'traefik' | 'envoy';
  readonly gatelodge: string;
  readonly application: string;
  /** Copied in addition. */
  readonly alsoCopied?: readonly string[];
}

export async function startForwardAuthProxy(
  imitation: Imitation,
): Promise<{ origin: string; stop(): Promise<void> }> {
  const server = http.createServer((request, response) => {
    pass(imitation, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function pass(imitation: Imitation, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const verdict = await ask(imitation, request);
  if (verdict.statusCode !== 200) {
    response.writeHead(verdict.statusCode ?? 500, verdict.headers);
    response.end(await buffer(verdict));
    return;
  }
  verdict.resume();
  const headers: http.OutgoingHttpHeaders = { ...request.headers };
  // Traefik removes what it is to copy from the client's request, then copies what the answer has.
  for (const name of [...COPIED, ...(imitation.alsoCopied ?? [])]) {
    delete headers[name];
    const value = verdict.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  const answer = await send(
    imitation.application + request.url,
    request.method,
    headers,
    await buffer(request),
  );
  response.writeHead(answer.statusCode ?? 500, answer.headers);
  response.end(await buffer(answer));
}

function ask({ kind, gatelodge }: Imitation, request: IncomingMessage): Promise<IncomingMessage> {
  const { host = '', ...headers } = request.headers;
  delete headers['content-length'];
  delete headers['transfer-encoding'];
  if (kind === 'envoy') {
    const url = `${gatelodge}/outpost.goauthentik.io/auth/envoy${request.url}`;
    return send(url, request.method, { ...headers, host, 'x-forwarded-proto': 'http' });
  }
  return send(`${gatelodge}/outpost.goauthentik.io/auth/traefik`, 'GET', {
    ...headers,
    'x-forwarded-method': request.method,
    'x-forwarded-proto': 'http',
    'x-forwarded-host': host,
    'x-forwarded-uri': request.url,
    'x-forwarded-for': request.socket.remoteAddress,
  });
}

function send(
  url: string,
  method: string | undefined,
  headers: http.OutgoingHttpHeaders,
  body?: Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, headers, agent: false }, resolve);
    outgoing.on('error', reject).end(body);
  });
}
