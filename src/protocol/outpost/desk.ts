// What the hot path leaves to others: pages, the errands of browsers, and the credentials of programs. It runs outside
// Koa, on the applications' hosts, and lets nobody in: it can only refuse, or find a session for the verdict.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { AccessReason } from '../../identity/access/access.ts';
import { listGroupsThatMayOpen } from '../../identity/access/access-query.ts';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { clientAddressOf, type IsTrusted } from '../../platform/http/forwarded.ts';
import type { SessionCache } from '../../signin/session/cache.ts';
import { type Dialect, isNavigation, type Visit, type WiringFault } from './dialects.ts';
import type { Errand } from './endpoints.ts';
import type { Desk, JudgedSession } from './outpost.ts';
import type { PageWriter } from './page-writer.ts';
import type { Original, ProxyRoute, RoutingTable } from './routing-table.ts';
import type { Credentials } from './session/credentials.ts';
import type { Errands } from './sign-in/errands.ts';
import { hasLostForm, readReturnAddress } from './sign-in/return-address.ts';
import {
  forbiddenPage,
  noAddressPage,
  unavailablePage,
  unknownHostPage,
  unsentFormPage,
  wiringPage,
} from './views.ts';
import { helpFor, receivedOf } from './wiring.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly log: Logger;
  readonly table: { readonly current: RoutingTable };
  readonly pages: PageWriter;
  readonly errands: Errands;
  readonly credentials: Credentials;
  /** Sessions of programs, by the digest of what they sent. */
  readonly credentialSessions: SessionCache<JudgedSession>;
  readonly isTrusted: IsTrusted;
  readonly originFor: (route: ProxyRoute) => string | undefined;
}

const MOST_HOSTS_NAMED = 20;

export class OutpostDesk implements Desk {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  serve(errand: Errand, visit: Visit): void {
    const { errands } = this.#needs;
    const failed = (error: unknown) => this.explainUnavailable(visit.request, visit.response, error);
    const { target } = visit.original;
    if (errand === 'start' && hasLostForm(target)) this.#demandSignIn(visit, readReturnAddress(target));
    else if (errand === 'start') errands.start(visit);
    else if (errand === 'callback') errands.receive(visit).catch(failed);
    else errands.signOut(visit).catch(failed);
  }

  sendToSignIn(visit: Visit): void {
    this.#needs.errands.sendToSignIn(visit, addressOf(visit.original));
  }

  demandSignIn(visit: Visit): void {
    this.#demandSignIn(visit, addressOf(visit.original));
  }

  /** Says that a form was not sent, instead of leading it to the sign-in, where it would arrive empty. */
  #demandSignIn({ request, response, route }: Visit, wanted = ''): void {
    const { pages } = this.#needs;
    if (!isNavigation(request.headers)) {
      pages.refuse(response, { error: 'not_signed_in', status: 401 }, 'Sign in to use this application.');
      return;
    }
    const origin = this.#originOf(route);
    const start = `/outpost.goauthentik.io/start?rd=${encodeURIComponent(wanted)}`;
    pages.write(
      request,
      response,
      unsentFormPage(pages.textsFor(request), origin, start),
      'not_signed_in',
      origin,
    );
  }

  showForbidden({ request, response, route }: Visit, reason: AccessReason): void {
    const { db, pages } = this.#needs;
    const origin = this.#originOf(route);
    const show = (groups: string[]) => {
      const page = forbiddenPage(pages.textsFor(request), origin, route.applicationName, groups);
      pages.write(request, response, page, 'forbidden', origin);
    };
    // The page is as good without the names.
    listGroupsThatMayOpen(db, reason).then(show, () => show([]));
  }

  explainWiring(
    request: IncomingMessage,
    response: ServerResponse,
    dialect: Dialect,
    fault: WiringFault,
  ): void {
    const { pages, log } = this.#needs;
    const help = helpFor(dialect, fault);
    log.warn(
      { ...fault, proxy: dialect.name, peer: request.socket.remoteAddress, line: help.line },
      'wrong wiring',
    );
    const page = wiringPage(pages.textsFor(request), help, receivedOf(request.headers));
    pages.write(request, response, page, 'configuration_error', '');
  }

  explainUnknownHost(request: IncomingMessage, response: ServerResponse, { authority }: Original): void {
    const { pages, log, table } = this.#needs;
    const known = table.current.routes.slice(0, MOST_HOSTS_NAMED).map(({ externalUrl }) => externalUrl);
    log.warn({ host: authority, known }, 'no application is registered for this host');
    pages.write(request, response, unknownHostPage(pages.textsFor(request), authority), 'not_found', '');
  }

  explainNothingHere(request: IncomingMessage, response: ServerResponse): void {
    const { pages } = this.#needs;
    const page = unknownHostPage(pages.textsFor(request), request.url?.split('?', 1)[0] ?? '/');
    pages.write(request, response, page, 'not_found', '');
  }

  explainUnavailable(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const { pages, log } = this.#needs;
    log.error({ err: error }, 'a request to the outpost could not be judged, and was refused');
    if (response.headersSent) response.destroy();
    else pages.write(request, response, unavailablePage(pages.textsFor(request)), 'unavailable', '');
  }

  /** Says that the browser cannot be sent anywhere. */
  explainNoOrigin({ request, response }: Visit): void {
    const { pages, log } = this.#needs;
    log.error('GATELODGE_URL is not set, so the outpost cannot send anybody to the sign-in');
    pages.write(request, response, noAddressPage(pages.textsFor(request)), 'configuration_error', '');
  }

  findByCredentials({ request, route }: Visit, authorization: string): Promise<JudgedSession | undefined> {
    const { credentials, credentialSessions, isTrusted } = this.#needs;
    const key = sha256Hex(`${route.providerId} ${authorization}`);
    const fresh = credentialSessions.find(key);
    if (fresh) return Promise.resolve(fresh);
    const { headers, socket } = request;
    const forwardedFor = [headers['x-forwarded-for']].flat().join(',') || undefined;
    const clientAddress = clientAddressOf(socket.remoteAddress, forwardedFor, isTrusted);
    const known = credentialSessions.recall(key);
    return credentialSessions.read(key, () =>
      credentials.find({ route, authorization, clientAddress, known }),
    );
  }

  #originOf(route: ProxyRoute): string {
    return this.#needs.originFor(route) ?? '';
  }
}

function addressOf({ scheme, authority, target }: Original): string {
  return `${scheme}://${authority}${target}`;
}
