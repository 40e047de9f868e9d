// The errands of a browser at an application's host: off to the sign-in, back with a ticket, and out. A return that does
// not fit (an old address, another tab's cookie, a second click) starts the sign-in again and ends where it was to lead.
import { recordEvent } from '../../../identity/event/event.ts';
import { findUser } from '../../../identity/user/user.ts';
import { randomToken } from '../../../platform/crypto/random.ts';
import type { PrismaClient } from '../../../platform/database/generated/client.ts';
import { readTokenCookie } from '../../../signin/session/cookie.ts';
import type { Sessions } from '../../../signin/session/session.ts';
import type { Visit } from '../dialects.ts';
import { isWithin, type ProxyRoute, type RoutingTable, readHost } from '../routing-table.ts';
import type { OutpostSessions } from '../session/outpost-sessions.ts';
import { browserCookie, browserHashOf, findBrowserToken, handOverAddress, proxyCookie } from './address.ts';
import { allowedAddress, isOwnErrand, readReturnAddress, returnAddress } from './return-address.ts';
import { redeemTicket } from './ticket.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly table: { readonly current: RoutingTable };
  readonly sessions: Sessions;
  readonly outpostSessions: OutpostSessions;
  /** Where our own pages are; undefined when it cannot be told. */
  readonly originFor: (route: ProxyRoute) => string | undefined;
  readonly onNoOrigin: (visit: Visit) => void;
  /** The page that tells services of the end of a session in this browser, and goes on; undefined when none has to be told so. */
  readonly farewell: (sessionId: string, next: string) => Promise<string | undefined>;
}

const SIGNED_OUT_PATH = '/if/flow/default-invalidation-flow/';
const SIGN_OUT_TARGETS = ['redirect_uri', 'rd', 'post_logout_redirect_uri'];

export class Errands {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** `/start?rd=`: to the sign-in, and back to `rd` if that is the application's. */
  start(visit: Visit): void {
    const { target } = visit.original;
    const uiLocales = URL.parse(target, 'http://start.invalid')?.searchParams.get('ui_locales') ?? undefined;
    this.sendToSignIn(visit, readReturnAddress(target), uiLocales);
  }

  /** Sends the browser to our own host, with what it takes to come back to `wanted`. */
  sendToSignIn(visit: Visit, wanted: string | undefined, uiLocales?: string): void {
    const { request, original } = visit;
    const route = this.#routeFor(visit.route, wanted);
    const origin = this.#needs.originFor(route);
    if (origin === undefined) {
      this.#needs.onNoOrigin(visit);
      return;
    }
    const present = findBrowserToken(request.headers.cookie);
    const browser = present ?? randomToken();
    const returnTo = withoutErrand(route, returnAddress(route, wanted));
    const seen = `${original.scheme}://${original.authority}`;
    const address = handOverAddress(origin, {
      slug: route.slug,
      returnTo,
      browserHash: browserHashOf(browser),
      at: callbackOrigin(route, seen, returnTo),
      seen,
      uiLocales,
    });
    // The cookie is for the host that was visited, or its domain; the callback comes to one of these.
    redirect(visit, address, present === undefined ? [browserCookie(visit.route, browser)] : []);
  }

  /** `/callback?ticket=`: the ticket becomes this host's session. */
  async receive(visit: Visit): Promise<void> {
    const { request, original } = visit;
    const query = URL.parse(original.target, 'http://callback.invalid')?.searchParams;
    const [ticket, wanted] = [query?.get('ticket'), query?.get('rd') ?? undefined];
    const browser = findBrowserToken(request.headers.cookie);
    const holder = ticket && browser ? await redeemTicket(this.#needs.db, ticket, browser) : undefined;
    const route = holder && this.#needs.table.current.findByProvider(holder.providerId);
    if (!holder || !route || !isCookieKeptAt(route, visit)) {
      this.sendToSignIn(visit, wanted);
      return;
    }
    const started = await this.#needs.outpostSessions.start(route, holder.sessionId);
    if (!started) {
      this.sendToSignIn(visit, wanted);
      return;
    }
    const maxAgeSeconds = started.isPersistent ? route.sessionSeconds : undefined;
    const cookie = proxyCookie(route, route.cookieName, started.token, maxAgeSeconds);
    redirect(visit, withoutErrand(route, returnAddress(route, wanted)), [cookie]);
  }

  /** `/sign_out`: ends the SSO session, and with it everything that hangs on it. */
  async signOut(visit: Visit): Promise<void> {
    const { request, route } = visit;
    const { sessions, outpostSessions } = this.#needs;
    const token = readTokenCookie(request.headers.cookie, route.cookieName);
    const sessionId = token === undefined ? undefined : await outpostSessions.findSsoSessionId(token);
    const next = this.#afterSignOut(visit);
    const origin = this.#needs.originFor(route);
    // Asked before the session ends: it knows who has to be told.
    const farewell = origin && sessionId ? await this.#needs.farewell(sessionId, next) : undefined;
    const ended = sessionId === undefined ? undefined : await sessions.end(sessionId);
    if (token !== undefined) await outpostSessions.end(token);
    if (ended) await this.#recordSignOut(ended.userId, route);
    const address = ended && farewell !== undefined ? `${origin}${farewell}` : next;
    redirect(visit, address, [proxyCookie(route, route.cookieName, '', 0)]);
  }

  #afterSignOut({ route, original }: Visit): string {
    const query = URL.parse(original.target, 'http://sign-out.invalid')?.searchParams;
    const wanted = SIGN_OUT_TARGETS.flatMap((name) => query?.get(name) ?? []);
    const allowed = wanted.flatMap((address) => allowedAddress(route, address) ?? []);
    const origin = this.#needs.originFor(route);
    const last = origin === undefined ? `${route.externalUrl}/` : `${origin}${SIGNED_OUT_PATH}`;
    return allowed[0] ?? last;
  }

  async #recordSignOut(userId: number, { slug }: ProxyRoute): Promise<void> {
    const { db } = this.#needs;
    const username = (await findUser(db, userId))?.username;
    const context = { application: slug };
    await recordEvent(db, { action: 'logout', source: 'protocol.outpost', userId, username, context });
  }

  /** In a shared domain, the sign-in is for the application whose address is wanted, which may have its own rules. */
  #routeFor(visited: ProxyRoute, wanted: string | undefined): ProxyRoute {
    const address = allowedAddress(visited, wanted);
    if (address === undefined || visited.cookieDomain === '') return visited;
    const { host, protocol } = new URL(address);
    const scheme = protocol === 'https:' ? 'https' : 'http';
    return this.#needs.table.current.find({ authority: host, scheme }) ?? visited;
  }
}

/** Where the callback comes to: the host that was visited, if its cookie counts for the application. */
function callbackOrigin(route: ProxyRoute, visited: string, returnTo: string): string {
  const there = new URL(returnTo);
  // A proxy may have dropped the port of the host that it tells; the address to return to has it.
  const isSameHost = URL.parse(visited)?.hostname === there.hostname;
  const here = isSameHost ? there.origin : allowedAddress(route, visited);
  return new URL(here ?? route.externalUrl).origin;
}

/** Whether a browser at the visited host may be given the application's cookie. */
function isCookieKeptAt(route: ProxyRoute, { original, route: visited }: Visit): boolean {
  if (route === visited) return true;
  const name = readHost(original.authority, original.scheme)?.name;
  return name !== undefined && route.cookieDomain !== '' && isWithin(name, route.cookieDomain);
}

/** An address of ours as the place to return to would lead round in a circle. */
function withoutErrand(route: ProxyRoute, address: string): string {
  return isOwnErrand(address) ? `${route.externalUrl}/` : address;
}

function redirect({ response }: Visit, location: string, cookies: readonly string[]): void {
  const set = cookies.flatMap((cookie) => ['Set-Cookie', cookie]);
  response.writeHead(302, ['Location', location, 'Cache-Control', 'no-store', 'Content-Length', '0', ...set]);
  response.end();
}
