// Forward-auth (contract §2), the hot path: a plain function before Koa. On a warm hit it reads two structures in memory
// and writes one answer: no query, no await, no log. What takes longer is the desk's: pages, sign-in, credentials. The
// fence around this file and what it may import is held by test/architecture.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SessionCache } from '../../signin/session/cache.ts';
import { readTokenCookie } from '../../signin/session/cookie.ts';
import { decide, type OutpostSession, type Verdict, youngUntil } from './decision.ts';
import type { Answers, Dialect, IsTrustedPeer, Visit, WiringFault } from './dialects.ts';
import { errandOf, findDialect, OUTPOST_PATH, restOf } from './endpoints.ts';
import type { Installation } from './identity-headers.ts';
import { type JudgedSession, passOf } from './pass.ts';
import { type ErrandDesk, Reception } from './reception.ts';
import { type Original, type ProxyRoute, type RoutingTable, readHost } from './routing-table.ts';

/** Why a connection may stay open, and until when. */
export interface Stay {
  /** Undefined where anybody may pass. */
  readonly session: OutpostSession | undefined;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Everything that is not hot. */
export interface Desk extends Answers, ErrandDesk {
  explainWiring(
    request: IncomingMessage,
    response: ServerResponse,
    dialect: Dialect,
    fault: WiringFault,
  ): void;
  /** The store did not answer: 503, whoever asks. */
  explainUnavailable(request: IncomingMessage, response: ServerResponse, error: unknown): void;
  /** The session of the credentials in the Authorization header, if they are good for this application. */
  findByCredentials(visit: Visit, authorization: string): Promise<JudgedSession | undefined>;
}

interface Needs {
  readonly table: { readonly current: RoutingTable };
  readonly sessions: Pick<SessionCache<JudgedSession>, 'find' | 'read'>;
  readonly isTrusted: IsTrustedPeer;
  /** The host of our own pages, which proxies may name as `Host` when they ask. */
  readonly ownAuthority: string | undefined;
  readonly installation: Installation;
  readonly desk: Desk;
  /** The dialect of requests that reach us without another proxy's asking. */
  readonly direct: Dialect;
}

export class Outpost {
  /** Verdicts so far, by kind, for the metrics. */
  readonly verdicts: Record<Verdict['kind'], number> = { allow: 0, open: 0, signIn: 0, forbid: 0 };
  readonly #needs: Needs;
  readonly #reception: Reception;

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#reception = new Reception(needs);
  }

  /** Answers the request, now or in a moment, and returns true; false when it is not for the outpost. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { url = '/' } = request;
    if (!url.startsWith(OUTPOST_PATH)) {
      return this.#reception.serveSign(request, response, url) || this.#judgeDirectly(request, response);
    }
    const end = url.indexOf('?');
    const path = end === -1 ? url : url.slice(0, end);
    const dialect = findDialect(url, path);
    if (dialect) this.#check(dialect, request, response, url);
    else this.#reception.serve(request, response, path);
    return true;
  }

  #check(dialect: Dialect, request: IncomingMessage, response: ServerResponse, url: string): void {
    const visit = this.#open(dialect, request, response, url);
    if (!visit) return;
    const errand = dialect.passesAnswersOn ? errandOf(visit.original.target) : undefined;
    if (errand) this.#needs.desk.serve(errand, visit);
    else this.#judge(dialect, visit);
  }

  /** What is asked for, and of which application; undefined when that cannot be known, and has been answered. */
  #open(
    dialect: Dialect,
    request: IncomingMessage,
    response: ServerResponse,
    url: string,
  ): Visit | undefined {
    const { table, isTrusted, desk } = this.#needs;
    const original = dialect.original(request, isTrusted, restOf(url, dialect));
    if ('fault' in original) {
      desk.explainWiring(request, response, dialect, original);
      return undefined;
    }
    const route = table.current.find(original);
    if (!route) {
      desk.explainUnknownHost(request, response, original);
      return undefined;
    }
    if (dialect.tellsHost && this.#isContradicted(request, original, route)) {
      desk.explainWiring(request, response, dialect, { fault: 'contradiction', header: 'host' });
      return undefined;
    }
    return { request, response, original, route };
  }

  #judge(dialect: Dialect, visit: Visit): void {
    const { token, credentials } = presentedBy(visit.request, visit.route);
    const known = token === undefined ? undefined : this.#needs.sessions.find(token);
    if (known || (token === undefined && credentials === undefined)) this.#answer(dialect, visit, known);
    else this.#judgeLater(dialect, visit, token, credentials);
  }

  #judgeLater(
    dialect: Dialect,
    visit: Visit,
    token: string | undefined,
    credentials: string | undefined,
  ): void {
    const { current } = this.#needs.table;
    this.#read(visit, token, credentials)
      .then((session) => {
        if (this.#needs.table.current === current) this.#answer(dialect, visit, session);
        else this.#judgeAnew(dialect, visit);
      })
      .catch((error: unknown) => this.#needs.desk.explainUnavailable(visit.request, visit.response, error));
  }

  /** The rules have changed while the session was read: nobody is let in by what they were. */
  #judgeAnew(dialect: Dialect, visit: Visit): void {
    const { direct, table, desk } = this.#needs;
    const { request, response, original } = visit;
    const route = dialect === direct ? this.#reception.findUpstream(original) : table.current.find(original);
    if (route) this.#judge(dialect, { ...visit, route });
    else desk.explainUnknownHost(request, response, original);
  }

  async #read(
    visit: Visit,
    token: string | undefined,
    credentials: string | undefined,
  ): Promise<JudgedSession | undefined> {
    const session = token === undefined ? undefined : await this.#needs.sessions.read(token);
    if (session || credentials === undefined) return session;
    return this.#needs.desk.findByCredentials(visit, credentials);
  }

  /** The same judgement, of a request that was let in and has not ended; undefined when it would be refused now. */
  async judgeAgain(visit: Visit): Promise<Stay | undefined> {
    const route = this.#reception.findUpstream(visit.original);
    if (!route) return undefined;
    const { token, credentials } = presentedBy(visit.request, route);
    const known = token === undefined ? undefined : this.#needs.sessions.find(token);
    const session = known ?? (await this.#read({ ...visit, route }, token, credentials));
    const { kind } = decide(route, session, visit.original);
    if (kind === 'open') return { session: undefined, until: Number.POSITIVE_INFINITY };
    if (kind !== 'allow' || !session) return undefined;
    return { session, until: Math.min(session.expiresAt, youngUntil(route, session.proof)) };
  }

  #answer(dialect: Dialect, visit: Visit, session: JudgedSession | undefined): void {
    const { route } = visit;
    const pass = session?.pass;
    if (pass?.route === route && (pass.until === undefined || Date.now() < pass.until)) {
      this.verdicts.allow += 1;
      dialect.allow(visit, pass, session);
    } else {
      const verdict = decide(route, session, visit.original);
      this.verdicts[verdict.kind] += 1;
      this.#pronounce(dialect, visit, verdict, session);
    }
  }

  #pronounce(dialect: Dialect, visit: Visit, verdict: Verdict, session: JudgedSession | undefined): void {
    const { route } = visit;
    switch (verdict.kind) {
      case 'allow':
        dialect.allow(visit, passOf(session, route, this.#needs.installation), session);
        break;
      case 'open':
        dialect.allow(visit, route.anonymousAnswer, undefined);
        break;
      case 'signIn':
        dialect.signIn(visit, this.#needs.desk);
        break;
      case 'forbid':
        dialect.forbid(visit, verdict.reason, this.#needs.desk);
    }
  }

  /**
   * Whether `Host` names another application than the address that is judged. A request line with an absolute address
   * makes nginx choose its server by that and tell us the client's Host header; Caddy lets clients that it trusts (with
   * authentik's configuration: every private network) say X-Forwarded-Host.
   */
  #isContradicted({ headers }: IncomingMessage, { scheme, authority }: Original, route: ProxyRoute): boolean {
    const { host } = headers;
    if (host === undefined || host === this.#needs.ownAuthority) return false;
    if (host === authority || authority.startsWith(`${host}:`)) return false;
    const { current } = this.#needs.table;
    const reached = { scheme, authority: host };
    const other = current.findAtAnyPort(reached);
    if (other === undefined) return readHost(host, scheme) === undefined || current.isAmbiguous(reached);
    return other !== route && other.authority !== this.#needs.ownAuthority;
  }

  /** Whether the request is for an application in proxy mode, which answers it itself if it may pass. */
  isPassedOn(request: IncomingMessage): boolean {
    return this.#reception.isPassedOn(request);
  }

  /** Proxy mode: we are the proxy ourselves, for every path of the host. */
  #judgeDirectly(request: IncomingMessage, response: ServerResponse): boolean {
    const visit = this.#reception.receive(request, response);
    if (visit) this.#judge(this.#needs.direct, visit);
    return visit !== undefined;
  }
}

/** What a request proves its sender by: the application's cookie first, and then what programs send. */
function presentedBy({ headers }: IncomingMessage, { cookieName, acceptsCredentials }: ProxyRoute) {
  const credentials = acceptsCredentials ? headers.authorization : undefined;
  return { token: readTokenCookie(headers.cookie, cookieName), credentials };
}
