// The four ways in which proxies ask (authentik's endpoints). A dialect knows where its proxy says what was asked for,
// and which answers that proxy can pass on; the verdict is the same for all (decision.ts). HAProxy's auth-request script
// speaks nginx's dialect.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AccessReason } from '../../identity/access/access.ts';
import type { OutpostSession } from './decision.ts';
import { ReadyAnswer } from './ready-answer.ts';
import { type Original, type ProxyRoute, readHost } from './routing-table.ts';

/** A request that an application is known for. */
export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly original: Original;
  readonly route: ProxyRoute;
}

/** What keeps us from knowing what was asked for; the proxy's configuration is at fault, or somebody plays tricks. */
export type WiringFault =
  | { readonly fault: 'missing'; readonly header: string }
  | { readonly fault: 'unreadable'; readonly header: string }
  /** `X-Forwarded-*` came, but from an address that is not one of GATELODGE_TRUSTED_PROXIES. */
  | { readonly fault: 'untrusted'; readonly address: string }
  /** Two headers name two different applications. */
  | { readonly fault: 'contradiction'; readonly header: string };

/** Answers that take more than a line: pages, and where to sign in (desk.ts). */
export interface Answers {
  /** Sends the browser to the sign-in, to come back to where it wanted to go. */
  sendToSignIn(visit: Visit): void;
  /** 401 for what no person waits for, or what would be lost on the way (a form). */
  demandSignIn(visit: Visit): void;
  showForbidden(visit: Visit, reason: AccessReason): void;
}

export interface Dialect {
  readonly name: 'nginx' | 'traefik' | 'caddy' | 'envoy' | 'direct';
  /** The endpoint below `/outpost.goauthentik.io/auth/`; Envoy appends the original path to it. */
  readonly isPrefix: boolean;
  /** Whether `Host` is that of the application, so that it must agree with what else the proxy says. */
  readonly tellsHost: boolean;
  /** Whether the browser gets our refusals as they are; nginx makes its own from the status. */
  readonly passesAnswersOn: boolean;
  original(request: IncomingMessage, isTrusted: IsTrustedPeer, rest: string): Original | WiringFault;
  /** Lets the request pass with this answer's headers; without a session anybody may. */
  allow(visit: Visit, answer: ReadyAnswer, session: OutpostSession | undefined): void;
  signIn(visit: Visit, answers: Answers): void;
  forbid(visit: Visit, reason: AccessReason, answers: Answers): void;
}

/** Whether `X-Forwarded-*` from this address count. */
export type IsTrustedPeer = (address: string | undefined) => boolean;

export const nginx: Dialect = {
  name: 'nginx',
  isPrefix: false,
  tellsHost: true,
  passesAnswersOn: false,
  original: ({ headers, url = '/' }) => {
    const original = readUrl(headers, 'x-original-url');
    if ('fault' in original || isOfHost(original, url)) return original;
    return { fault: 'contradiction', header: 'host' };
  },
  allow({ request, response }, answer) {
    if (mayBecome(request)) answer.send(response);
    else NO_OTHER_PROTOCOL.send(response);
  },
  signIn: ({ response }) => NOT_SIGNED_IN.send(response),
  forbid: ({ response }, reason) => forbidden(reasonInWords(reason)).send(response),
};

const forwarded: Dialect = {
  name: 'traefik',
  isPrefix: false,
  tellsHost: false,
  passesAnswersOn: true,
  original(request, isTrusted) {
    const { headers, socket } = request;
    const fault = findMissing(headers, FORWARDED);
    if (fault) return fault;
    if (!isTrusted(socket.remoteAddress)) return { fault: 'untrusted', address: socket.remoteAddress ?? '' };
    const scheme = SCHEMES.get(one(headers['x-forwarded-proto']).toLowerCase());
    if (scheme === undefined) return { fault: 'unreadable', header: 'x-forwarded-proto' };
    const authority = one(headers['x-forwarded-host']);
    if (!AUTHORITY.test(authority)) return { fault: 'unreadable', header: 'x-forwarded-host' };
    const target = one(headers['x-forwarded-uri']);
    if (!TARGET.test(target)) return { fault: 'unreadable', header: 'x-forwarded-uri' };
    return { scheme, authority, target };
  },
  allow: ({ response }, answer) => answer.send(response),
  signIn: (visit, answers) => {
    if (mayRedirect(visit)) answers.sendToSignIn(visit);
    else answers.demandSignIn(visit);
  },
  forbid: (visit, reason, answers) => answers.showForbidden(visit, reason),
};

export const traefik: Dialect = forwarded;

export const caddy: Dialect = { ...forwarded, name: 'caddy', tellsHost: true };

export const envoy: Dialect = {
  ...forwarded,
  name: 'envoy',
  isPrefix: true,
  original({ headers, socket }, isTrusted, rest) {
    const authority = headers.host ?? '';
    if (authority === '') return { fault: 'missing', header: 'host' };
    if (!AUTHORITY.test(authority)) return { fault: 'unreadable', header: 'host' };
    const given = isTrusted(socket.remoteAddress) ? one(headers['x-forwarded-proto']).toLowerCase() : '';
    const target = rest.startsWith('/') ? rest : `/${rest}`;
    return { scheme: SCHEMES.get(given) ?? 'https', authority, target };
  },
};

export const DIALECTS: readonly Dialect[] = [nginx, traefik, caddy, envoy];

const FORWARDED = ['x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-uri'];
/** Traefik says `wss` when a WebSocket is opened. */
const SCHEMES: ReadonlyMap<string, Original['scheme']> = new Map([
  ['http', 'http'],
  ['https', 'https'],
  ['ws', 'http'],
  ['wss', 'https'],
]);
/** node:http joins a repeated header by a comma and a space: two values are no value. */
const AUTHORITY = /^[^\s,/?#@\\]+$/;
const TARGET = /^\/[^\s#]*$/;
const CHOSEN_HOST = /\?host=([^&]*)/;
const CHOSEN_PROTOCOL = /&upgrade=(.*)$/s;
const URL_PARTS = /^(https?):\/\/([^\s,/?#@\\]+)(\/[^\s#]*|\?[^\s#]*|)$/i;

const NOT_SIGNED_IN = new ReadyAnswer(401, []);
const NO_OTHER_PROTOCOL = forbidden('Only a WebSocket may come of it.');

/** With a reason that a proxy may put into its own page. */
function forbidden(reason: string): ReadyAnswer {
  return new ReadyAnswer(403, ['X-Gatelodge-Reason', reason]);
}

/**
 * What comes on a connection that has become HTTP/2 (`Upgrade: h2c`) is never judged, so it may only become a WebSocket.
 * SWAG passes the wish on, ingress-nginx in the query; our other configurations see to it themselves.
 */
function mayBecome({ headers, url = '/' }: IncomingMessage): boolean {
  const [, asked = ''] = CHOSEN_PROTOCOL.exec(url) ?? [];
  const wish = headers.upgrade ?? asked;
  return wish === '' || wish.toLowerCase() === 'websocket';
}

function readUrl(headers: IncomingHttpHeaders, header: string): Original | WiringFault {
  const url = one(headers[header]);
  if (url === '') return { fault: 'missing', header };
  const [, scheme, authority, target] = URL_PARTS.exec(url) ?? [];
  if (scheme === undefined || authority === undefined) return { fault: 'unreadable', header };
  return {
    scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
    authority,
    target: target?.startsWith('/') ? target : `/${target}`,
  };
}

/**
 * Whether it is an address of the host by which the proxy has chosen its configuration, where it says that: ingress-nginx
 * can do so only in the query (`auth/nginx?host=$host`), as it names itself in `Host`.
 */
function isOfHost({ authority, scheme }: Original, url: string): boolean {
  const [, host] = CHOSEN_HOST.exec(url) ?? [];
  return host === undefined || readHost(authority, scheme)?.name === host.toLowerCase();
}

/** The address of a request that the browser itself sent to us, by way of its proxy. */
export function addressReached(
  { headers, socket, url = '/' }: IncomingMessage,
  isTrusted: IsTrustedPeer,
): Original {
  const isProxied = isTrusted(socket.remoteAddress);
  const told = (name: string) => (isProxied && one(headers[name]).split(',').at(-1)?.trim()) || undefined;
  const scheme = (told('x-forwarded-proto') ?? ('encrypted' in socket ? 'https' : 'http')).toLowerCase();
  const authority = told('x-forwarded-host') ?? headers.host ?? '';
  return { scheme: scheme === 'https' ? 'https' : 'http', authority, target: url };
}

function findMissing(headers: IncomingHttpHeaders, names: readonly string[]): WiringFault | undefined {
  const header = names.find((name) => one(headers[name]) === '');
  return header === undefined ? undefined : { fault: 'missing', header };
}

function one(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.join(', ') ?? '');
}

/** A page that somebody waits for can go by way of the sign-in; a form would arrive there empty. */
function mayRedirect({ request, route }: Visit): boolean {
  const method = one(request.headers['x-forwarded-method']) || request.method;
  const isReading = method === 'GET' || method === 'HEAD';
  if (isNavigation(request.headers)) return isReading;
  return route.isInteractiveOnly === false;
}

/** What the browser itself says (Fetch Metadata; on plain http only `Accept` tells). */
export function isNavigation(headers: IncomingHttpHeaders): boolean {
  const mode = headers['sec-fetch-mode'];
  if (mode !== undefined) return mode === 'navigate';
  if (headers['x-requested-with'] !== undefined) return false;
  return headers.accept?.includes('text/html') ?? false;
}

/** What a proxy that cannot pass a page on may put into its own. */
function reasonInWords(reason: AccessReason): string {
  if (reason.kind === 'inactive') return 'This account is deactivated.';
  return reason.kind === 'not_in_all'
    ? 'You do not meet every rule for this application.'
    : 'You are not among those who may open this application.';
}
