// Which application a request belongs to, by its host. Immutable: a change makes a new table (provider/routing.ts), so a
// request is judged by one state of things. Hosts are compared whole, or on dot boundaries; never by prefix or substring.
import type { Binding } from '../../identity/access/access.ts';
import type { ReadyAnswer } from './ready-answer.ts';

/** Where the person wanted to go, as the proxy has told us; untrusted text until a route was found for it. */
export interface Original {
  readonly scheme: 'http' | 'https';
  /** Host and port as sent. */
  readonly authority: string;
  /** Path and query as sent. */
  readonly target: string;
}

export interface BasicInjection {
  readonly userAttribute: string;
  readonly passwordAttribute: string;
}

/** Where requests are passed on to, in proxy mode. */
export interface Upstream {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Whether its certificate must be good. */
  readonly isVerified: boolean;
  /** Names of the attributes that give a person another upstream, or another Host header; empty: none. */
  readonly backendAttribute: string;
  readonly hostAttribute: string;
  /** The same by expressions (CEL). */
  readonly backendExpression: string;
  readonly hostExpression: string;
}

/** A proxied application, with everything that judging a request to it needs. */
export interface ProxyRoute {
  readonly providerId: number;
  readonly providerName: string;
  readonly applicationId: string;
  readonly applicationName: string;
  readonly slug: string;
  readonly bindings: readonly Binding[];
  readonly policyEngineMode: 'any' | 'all';
  /** Whoever opens it must have proved who they are by two factors … */
  readonly mustUseMfa: boolean;
  /** … and no longer ago than this; undefined: whenever. */
  readonly maxSessionAgeSeconds: number | undefined;
  /** Where the application is for browsers, without a trailing slash. */
  readonly externalUrl: string;
  /** Host and port of it, in normal form. */
  readonly authority: string;
  /** The domain whose hosts share one sign-in; empty when it is one host's alone. */
  readonly cookieDomain: string;
  readonly cookieName: string;
  readonly isSecure: boolean;
  readonly sessionSeconds: number;
  /** Whether requests that no person waits for are refused instead of sent to the sign-in; undefined: as the proxy likes. */
  readonly isInteractiveOnly: boolean | undefined;
  readonly acceptsCredentials: boolean;
  /** As which its tokens know it. */
  readonly clientId: string;
  /** The clients whose access tokens open it: its own, and those that it trusts. */
  readonly tokenClientIds: readonly string[];
  readonly sendsRemoteHeaders: boolean;
  /** Names of the headers that some people have, and all are sent. */
  readonly additionalNames: readonly string[];
  readonly basicInjection: BasicInjection | undefined;
  /** Undefined where another proxy passes the requests on, and only asks us. */
  readonly upstream: Upstream | undefined;
  /** Whether everybody may pass to this address. */
  readonly isOpen: (original: Original) => boolean;
  /** For a request that nobody is known for: all names, no values. */
  readonly anonymousAnswer: ReadyAnswer;
}

const DEFAULT_PORTS = { http: '80', https: '443' };
const AUTHORITY = /^(\[[\d:.a-f]+\]|[\w.-]+?)\.?(?::(\d{1,5}))?$/;

interface Host {
  readonly name: string;
  /** With the port, unless it is the scheme's own. */
  readonly authority: string;
}

/** Host and port in normal form: lower case, no trailing dot, no default port; undefined for what is not a host. */
export function readHost(authority: string, scheme: Original['scheme']): Host | undefined {
  const [, name, port] = AUTHORITY.exec(authority.toLowerCase()) ?? [];
  if (name === undefined) return undefined;
  const isDefault = port === undefined || String(Number(port)) === DEFAULT_PORTS[scheme];
  return { name, authority: isDefault ? name : `${name}:${Number(port)}` };
}

/** Whether the host is the domain itself, or below it. */
export function isWithin(hostName: string, domain: string): boolean {
  return hostName === domain || hostName.endsWith(`.${domain}`);
}

export class RoutingTable {
  readonly routes: readonly ProxyRoute[];
  readonly #byAuthority = new Map<string, ProxyRoute>();
  readonly #byDomain = new Map<string, ProxyRoute>();
  /** By host name alone; null where applications share a host and differ by port. */
  readonly #byName = new Map<string, ProxyRoute | null>();
  readonly #byProvider = new Map<number, ProxyRoute>();

  /** Of routes that claim the same host or domain, the first has it. */
  constructor(routes: readonly ProxyRoute[]) {
    this.routes = routes;
    for (const route of routes.toReversed()) {
      this.#byAuthority.set(route.authority, route);
      this.#byProvider.set(route.providerId, route);
      const name = nameOf(route);
      this.#byName.set(name, this.#byName.has(name) ? null : route);
      if (route.cookieDomain !== '') this.#byDomain.set(route.cookieDomain, route);
    }
  }

  /**
   * The application of exactly this host and port, else the one with the longest cookie domain around it. At another port
   * than its own, an application's host is in no domain: whoever asks may write any port into `Host`, and proxies choose
   * by the name alone, so the rules of the domain would open what the application's own rules close.
   */
  find({ authority, scheme }: Pick<Original, 'authority' | 'scheme'>): ProxyRoute | undefined {
    const exact = this.#byAuthority.get(authority);
    if (exact) return exact;
    const host = readHost(authority, scheme);
    return host && (this.#byAuthority.get(host.authority) ?? this.#findByDomain(host.name));
  }

  /** The same, for a proxy that has dropped the port from `Host`: an exact host at whatever port, if there is just one. */
  findAtAnyPort(original: Pick<Original, 'authority' | 'scheme'>): ProxyRoute | undefined {
    const host = readHost(original.authority, original.scheme);
    const exact = host && this.#byAuthority.get(host.authority);
    return exact ?? this.#byName.get(host?.name ?? '') ?? this.find(original);
  }

  /** Whether several applications share the host, at different ports, and this port is none of theirs. */
  isAmbiguous({ authority, scheme }: Pick<Original, 'authority' | 'scheme'>): boolean {
    const host = readHost(authority, scheme);
    return (
      host !== undefined && this.#byName.get(host.name) === null && !this.#byAuthority.has(host.authority)
    );
  }

  findByProvider(providerId: number): ProxyRoute | undefined {
    return this.#byProvider.get(providerId);
  }

  #findByDomain(hostName: string): ProxyRoute | undefined {
    const named = this.#byName.get(hostName);
    for (let domain = hostName; ; ) {
      const route = this.#byDomain.get(domain);
      if (route) return named === undefined || named === route ? route : undefined;
      const dot = domain.indexOf('.');
      if (dot === -1) return undefined;
      domain = domain.slice(dot + 1);
    }
  }
}

function nameOf({ authority }: ProxyRoute): string {
  return authority.replace(/:\d+$/, '');
}
