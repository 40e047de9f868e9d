// What the hot path leaves to others: pages, the errands of browsers, and the credentials of programs. It runs outside
// Koa, on the applications' hosts, and lets nobody in: it can only refuse, or find a session for the verdict.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { AccessReason } from '../../identity/access/access.ts';
import { listGroupsThatMayOpen } from '../../identity/access/access-query.ts';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { clientAddressOf, type IsTrusted } from '../../platform/http/forwarded.ts';
import { SparingLog } from '../../platform/telemetry/sparing-log.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { SessionCache } from '../../signin/session/cache.ts';
import { type Dialect, isNavigation, type Visit, type WiringFault } from './dialects.ts';
import type { Errand } from './endpoints.ts';
import type { Desk } from './outpost.ts';
import type { PageWriter } from './page-writer.ts';
import type { JudgedSession } from './pass.ts';
import type { Original, ProxyRoute, RoutingTable } from './routing-table.ts';
import type { Credentials } from './session/credentials.ts';
import type { Errands } from './sign-in/errands.ts';
import { hasLostForm, readReturnAddress } from './sign-in/return-address.ts';
import {
  forbiddenPage,
  noAddressPage,
  nothingHerePage,
  unavailablePage,
  unknownHostPage,
  unsentFormPage,
  wiringPage,
} from './views.ts';
import { helpFor, receivedOf } from './wiring/help.ts';

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
  /** Where our own pages are, whatever the application; empty when that cannot be told. */
  readonly origin: string;
  /** The log's language. */
  readonly inEnglish: Translate;
}

const MOST_HOSTS_NAMED = 20;
/** Of a DNS name with its port. */
const LONGEST_HOST = 260;

export class OutpostDesk implements Desk {
  readonly #needs: Needs;
  readonly #log: SparingLog;

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#log = new SparingLog(needs.log);
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
      const refused = { application: route.applicationName, why: reason.kind, groups };
      const page = forbiddenPage(pages.textsFor(request), origin, refused);
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
    const { pages, origin, inEnglish } = this.#needs;
    const help = helpFor(dialect, fault, request.headers);
    const received = receivedOf(request.headers);
    const about = 'header' in fault ? fault.header : fault.address;
    const fields = {
      ...fault,
      proxy: dialect.name,
      peer: request.socket.remoteAddress,
      explanation: inEnglish(help.text, help.values),
      write: help.remedies.map(({ where, line }) => `${where}: ${line}`),
      received: Object.fromEntries(received.map(({ name, value }) => [name, withoutQuery(value)])),
    };
    const subject = `${dialect.name} ${fault.fault} ${about}`;
    this.#log.write('warn', {
      message: 'a proxy is not connected correctly, so nobody is let in',
      subject,
      fields,
    });
    const page = wiringPage(pages.textsFor(request), origin, help, received);
    pages.write(request, response, page, 'configuration_error', origin);
  }

  explainUnknownHost(request: IncomingMessage, response: ServerResponse, original: Original): void {
    const { pages, table, origin } = this.#needs;
    const host = original.authority.slice(0, LONGEST_HOST);
    const { routes } = table.current;
    const known = routes.slice(0, MOST_HOSTS_NAMED).map(({ externalUrl }) => externalUrl);
    const more = routes.length - known.length;
    const fields = { host, known, ...(more > 0 && { more }), peer: request.socket.remoteAddress };
    this.#log.write('warn', { message: 'no application is registered for this host', subject: host, fields });
    const received = receivedOf(request.headers);
    const page = unknownHostPage(pages.textsFor(request), origin, { ...original, authority: host }, received);
    pages.write(request, response, page, 'not_found', origin);
  }

  explainNothingHere(request: IncomingMessage, response: ServerResponse): void {
    const { pages, origin } = this.#needs;
    const path = withoutQuery(request.url ?? '/');
    pages.write(
      request,
      response,
      nothingHerePage(pages.textsFor(request), origin, path),
      'not_found',
      origin,
    );
  }

  explainUnavailable(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const { pages, origin } = this.#needs;
    const message = 'a request to the outpost could not be judged, and was refused';
    const subject = error instanceof Error ? error.message : String(error);
    this.#log.write('error', { message, subject, fields: { err: error } });
    if (response.headersSent) response.destroy();
    else {
      const page = unavailablePage(pages.textsFor(request), origin);
      pages.write(request, response, page, 'unavailable', origin);
    }
  }

  /** Says that the browser cannot be sent anywhere. */
  explainNoOrigin({ request, response, route }: Visit): void {
    const { pages } = this.#needs;
    const message = 'GATELODGE_URL is not set, so the outpost cannot send anybody to the sign-in';
    this.#log.write('error', { message, subject: route.slug, fields: { application: route.slug } });
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

/** What was asked for may hold a secret behind the question mark. */
function withoutQuery(address: string): string {
  return address.split('?', 1)[0] ?? '';
}
