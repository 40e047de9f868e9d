// Keeps the routing table true: reads every proxied application from the database and swaps the table at each change of
// one. People and groups change more often, and matter to it only where a rule names them or they bring a new header. A
// failed read keeps the last table and is tried again; while changes are not heard, it is read anew every few seconds.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Binding } from '../../../identity/access/access.ts';
import type { Changes } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Prisma } from '../../../platform/database/generated/client.ts';
import { anonymousHeaders } from '../identity-headers.ts';
import { type ProxyRoute, RoutingTable, readHost, type Upstream } from '../routing-table.ts';
import { hasNewName, listAdditionalNames, type Touched } from './additional-name.ts';
import { allowList } from './allow-list.ts';
import { cookieNameOf } from './cookie-name.ts';

const REREAD_SECONDS = 5;

interface Needs {
  readonly db: Db;
  readonly changes: Changes;
  readonly log: Logger;
}

export class Routing {
  #table = new RoutingTable([]);
  #isStale = true;
  /** Who has changed since it was last asked whether that matters. */
  #userIds = new Set<number>();
  #groupIds = new Set<string>();
  #reading: Promise<void> | undefined;
  readonly #needs: Needs;
  readonly #closing = new AbortController();

  private constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Reads the table and follows it from then on. */
  static async open(needs: Needs): Promise<Routing> {
    const routing = new Routing(needs);
    await routing.#read();
    const { changes } = needs;
    for (const kind of ['application', 'provider'] as const) {
      changes.subscribe(kind, () => routing.refresh());
    }
    changes.subscribe('user', ({ id }) => {
      routing.#userIds.add(id);
      void routing.settle();
    });
    changes.subscribe('group', ({ id }) => {
      routing.#groupIds.add(id);
      void routing.settle();
    });
    changes.onInterruption(() => routing.refresh());
    void routing.#rereadWhileDeaf();
    return routing;
  }

  get current(): RoutingTable {
    return this.#table;
  }

  /** Reads the table anew, soon; changes that come while it is being read lead to one more read. */
  refresh(): void {
    this.#isStale = true;
    void this.settle();
  }

  /** Resolves when the table holds every change that was told before. */
  settle(): Promise<void> {
    if (this.#mayBeStale) this.#reading ??= this.#readUntilFresh();
    return this.#reading ?? Promise.resolve();
  }

  close(): void {
    this.#closing.abort();
  }

  get #mayBeStale(): boolean {
    return this.#isStale || this.#userIds.size + this.#groupIds.size > 0;
  }

  async #readUntilFresh(): Promise<void> {
    while (this.#mayBeStale && !this.#closing.signal.aborted) {
      try {
        if (this.#isStale || (await this.#isTouched())) await this.#read();
      } catch (error) {
        this.#needs.log.error({ err: error }, 'the routes of the outpost cannot be read; trying again');
        await this.#pause();
      }
    }
    // Not a moment later: a change that comes now must find that nobody is reading.
    this.#reading = undefined;
  }

  /** Whether the table would be another one because of the people and groups that have changed. */
  async #isTouched(): Promise<boolean> {
    const touched = this.#takeTouched();
    const { routes } = this.#table;
    const [first] = routes;
    if (!first) return false;
    if (routes.some(({ bindings }) => bindings.some((binding) => names(binding, touched)))) return true;
    try {
      return await hasNewName(this.#needs.db, touched, first.additionalNames);
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }

  #takeTouched(): Touched {
    const touched = { userIds: this.#userIds, groupIds: this.#groupIds };
    this.#userIds = new Set();
    this.#groupIds = new Set();
    return touched;
  }

  async #read(): Promise<void> {
    const { db } = this.#needs;
    this.#isStale = false;
    this.#takeTouched();
    try {
      this.#table = new RoutingTable(await readRoutes(db, {}, await listAdditionalNames(db)));
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }

  async #rereadWhileDeaf(): Promise<void> {
    while (await this.#pause()) {
      if (!this.#needs.changes.isConnected) this.refresh();
    }
  }

  #pause(): Promise<boolean> {
    const options = { ref: false, signal: this.#closing.signal };
    return sleep(REREAD_SECONDS * 1000, true, options).catch(() => false);
  }
}

/** The route of one application, as it is now, but for what its requests are told. */
export async function findRouteBySlug(db: Db, slug: string): Promise<ProxyRoute | undefined> {
  const [route] = await readRoutes(db, { provider: { application: { slug } } }, []);
  return route;
}

function names({ userId, groupId }: Binding, { userIds, groupIds }: Touched): boolean {
  return (userId !== null && userIds.has(userId)) || (groupId !== null && groupIds.has(groupId));
}

async function readRoutes(
  db: Db,
  where: Prisma.ProxyProviderWhereInput,
  additionalNames: readonly string[],
): Promise<ProxyRoute[]> {
  const orderBy = { providerId: 'asc' as const };
  const rows = await db.proxyProvider.findMany({ where, orderBy, include: withParts });
  const clientIds = await readClientIds(db, rows);
  return rows.flatMap((row) => routeOf(row, { additionalNames, clientIds }));
}

/** The client ids of all providers that a route trusts, by the provider's id. */
async function readClientIds(db: Db, rows: readonly Row[]): Promise<ReadonlyMap<number, string>> {
  const ids = rows.flatMap(({ jwtFederationProviders }) => jwtFederationProviders);
  if (ids.length === 0) return new Map();
  const select = { providerId: true, clientId: true };
  const clients = await db.oAuth2Provider.findMany({ where: { providerId: { in: ids } }, select });
  return new Map(clients.map(({ providerId, clientId }) => [providerId, clientId]));
}

interface Surroundings {
  readonly additionalNames: readonly string[];
  readonly clientIds: ReadonlyMap<number, string>;
}

const withParts = {
  provider: {
    select: {
      name: true,
      oauth2: { select: { clientId: true } },
      application: {
        select: {
          ...{ id: true, slug: true, name: true, policyEngineMode: true, bindings: true },
          ...{ mustUseMfa: true, maxSessionAgeSeconds: true },
        },
      },
    },
  },
} satisfies Prisma.ProxyProviderInclude;

type Row = Prisma.ProxyProviderGetPayload<{ include: typeof withParts }>;

/** The route of a provider; none as long as it has no application, and nobody is let in then. */
function routeOf(row: Row, { additionalNames, clientIds }: Surroundings): ProxyRoute[] {
  const { application, oauth2 } = row.provider;
  const url = URL.parse(row.externalHost);
  const scheme = url?.protocol === 'https:' ? 'https' : 'http';
  const host = url && readHost(url.host, scheme);
  if (!application || !host) return [];
  const isDomain = row.mode === 'forward_domain';
  return [
    {
      providerId: row.providerId,
      providerName: row.provider.name,
      applicationId: application.id,
      applicationName: application.name,
      slug: application.slug,
      bindings: application.bindings,
      policyEngineMode: application.policyEngineMode,
      mustUseMfa: application.mustUseMfa,
      maxSessionAgeSeconds: application.maxSessionAgeSeconds ?? undefined,
      externalUrl: row.externalHost.replace(/\/+$/, ''),
      authority: host.authority,
      cookieDomain: isDomain ? row.cookieDomain : '',
      cookieName: cookieNameOf(row.providerId, isDomain ? row.cookieDomain : ''),
      isSecure: scheme === 'https',
      sessionSeconds: row.sessionValiditySeconds,
      isInteractiveOnly: row.interactiveOnly ?? undefined,
      acceptsCredentials: row.interceptHeaderAuth,
      clientId: oauth2?.clientId ?? '',
      tokenClientIds: [oauth2?.clientId, ...row.jwtFederationProviders.map((id) => clientIds.get(id))].filter(
        (id) => id !== undefined,
      ),
      sendsRemoteHeaders: row.sendsRemoteHeaders,
      additionalNames,
      basicInjection: row.basicAuthEnabled
        ? { userAttribute: row.basicAuthUserAttribute, passwordAttribute: row.basicAuthPasswordAttribute }
        : undefined,
      upstream: upstreamOf(row),
      isOpen: allowList(row.skipPathRegex, isDomain ? 'url' : 'path'),
      anonymousHeaders: anonymousHeaders({ ...row, additionalNames }, row.basicAuthEnabled),
    },
  ];
}

function upstreamOf(row: Row): Upstream | undefined {
  const url = row.mode === 'proxy' ? URL.parse(row.internalHost) : null;
  if (!url) return undefined;
  return {
    origin: url.origin,
    isVerified: row.internalHostSslValidation,
    backendAttribute: row.backendOverrideAttribute,
    hostAttribute: row.hostHeaderAttribute,
    backendExpression: row.backendOverrideExpression,
    hostExpression: row.hostHeaderExpression,
  };
}
