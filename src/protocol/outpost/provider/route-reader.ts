// Reads proxied applications from the database as the gate judges by them: what their provider, application, bindings and
// client say, in one object for each.
import type { Db } from '../../../platform/database/database.ts';
import type { Prisma } from '../../../platform/database/generated/client.ts';
import { anonymousHeaders } from '../identity-headers.ts';
import { ReadyAnswer } from '../ready-answer.ts';
import { type ProxyRoute, readHost, type Upstream } from '../routing-table.ts';
import { allowList } from './allow-list.ts';
import { cookieNameOf } from './cookie-name.ts';

const AT_ONCE = 100;

/** The route of one application, as it is now, but for what its requests are told. */
export async function findRouteBySlug(db: Db, slug: string): Promise<ProxyRoute | undefined> {
  const [route] = await readRoutes(db, { provider: { application: { slug } } }, []);
  return route;
}

/** The routes of all that have an application, made in slices: requests that come meanwhile are answered between them. */
export async function readRoutes(
  db: Db,
  where: Prisma.ProxyProviderWhereInput,
  additionalNames: readonly string[],
): Promise<ProxyRoute[]> {
  const orderBy = { providerId: 'asc' as const };
  const routes: ProxyRoute[] = [];
  for (let last = 0; ; ) {
    const query = { where: { ...where, providerId: { gt: last } }, orderBy, take: AT_ONCE };
    const rows = await db.proxyProvider.findMany({ ...query, include: withParts });
    const clientIds = await readClientIds(db, rows);
    routes.push(...rows.flatMap((row) => routeOf(row, { additionalNames, clientIds })));
    if (rows.length < AT_ONCE) return routes;
    last = rows.at(-1)?.providerId ?? last;
  }
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
      anonymousAnswer: new ReadyAnswer(
        200,
        anonymousHeaders({ ...row, additionalNames }, row.basicAuthEnabled),
      ),
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
