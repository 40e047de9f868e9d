// Proxy providers: applications that know nobody themselves, because a proxy asks us about every request to them.
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import { given } from '../../../platform/database/columns.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Prisma, ProxyProvider as Row } from '../../../platform/database/generated/client.ts';
import type { Listed, ListQuery } from '../../../platform/database/listed.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import { InvalidInput, NotFound } from '../../../platform/problem/problem.ts';
import { validate } from '../../../platform/problem/validate.ts';
import { getProvider } from '../../provider/provider.ts';
import { isWithin, readHost } from '../routing-table.ts';
import { createClientIdentities } from './client-identity.ts';
import {
  type NewProxyProvider,
  newProxyProvider,
  type ProxyProviderPatch,
  proxyProviderPatch,
} from './proxy-provider-fields.ts';

const withProvider = {
  provider: {
    select: {
      name: true,
      application: { select: { id: true, slug: true, name: true } },
      oauth2: { select: { clientId: true } },
    },
  },
} satisfies Prisma.ProxyProviderInclude;

/** A provider with its application. */
export type ProxyProvider = Prisma.ProxyProviderGetPayload<{ include: typeof withProvider }>;

/** Throws InvalidInput for a field at fault, settings that contradict each other, or a host that another provider has. */
export async function createProxyProvider(
  db: Db,
  changes: Publisher,
  vault: Vault,
  input: NewProxyProvider,
): Promise<ProxyProvider> {
  const { name, ...fields } = validate(newProxyProvider, input);
  return inTransaction(db, changes, async (tx, publisher) => {
    await refuseTakenName(tx, name);
    const { id } = await tx.provider.create({ data: { type: 'proxy', name }, select: { id: true } });
    const data = { ...given(fields), externalHost: fields.externalHost, providerId: id };
    await refuseUnknownFederation(tx, fields.jwtFederationProviders);
    await refuseUnfit(tx, await tx.proxyProvider.create({ data }));
    await createClientIdentities(tx, vault, [id]);
    publisher.publish('provider', { id });
    return getProxyProvider(tx, id);
  });
}

/** Changes the given fields only; throws as createProxyProvider does. */
export async function updateProxyProvider(
  db: Db,
  changes: Publisher,
  id: number,
  input: ProxyProviderPatch,
): Promise<ProxyProvider> {
  const { name, ...fields } = validate(proxyProviderPatch, input);
  return inTransaction(db, changes, async (tx, publisher) => {
    await getProxyProvider(tx, id);
    if (name !== undefined) {
      await refuseTakenName(tx, name, id);
      await tx.provider.update({ where: { id }, data: { name } });
    }
    await refuseUnknownFederation(tx, fields.jwtFederationProviders);
    await refuseUnfit(tx, await tx.proxyProvider.update({ where: { providerId: id }, data: given(fields) }));
    publisher.publish('provider', { id });
    return getProxyProvider(tx, id);
  });
}

/** Throws NotFound. */
export async function getProxyProvider(db: Db, id: number): Promise<ProxyProvider> {
  const provider = await db.proxyProvider.findUnique({ where: { providerId: id }, include: withProvider });
  if (!provider) throw new NotFound('There is no such provider.');
  return provider;
}

/** The provider with this id, or of the application with this slug. */
export async function findProxyProvider(db: Db, idOrSlug: string): Promise<ProxyProvider | undefined> {
  const where = /^\d+$/.test(idOrSlug)
    ? { providerId: Number(idOrSlug) }
    : { provider: { application: { slug: idOrSlug } } };
  return (await db.proxyProvider.findFirst({ where, include: withProvider })) ?? undefined;
}

export type ProxyProviderQuery = ListQuery<
  Prisma.ProxyProviderWhereInput,
  Prisma.ProxyProviderOrderByWithRelationInput
>;

/** A page of providers, by name unless ordered otherwise, with the number of all that match. */
export async function listProxyProviders(
  db: Db,
  query: ProxyProviderQuery = {},
): Promise<Listed<ProxyProvider>> {
  const { where = {}, orderBy = [{ provider: { name: 'asc' } }], skip = 0, take = 100 } = query;
  const [count, results] = await Promise.all([
    db.proxyProvider.count({ where }),
    db.proxyProvider.findMany({ where, orderBy, skip, take, include: withProvider }),
  ]);
  return { count, results };
}

async function refuseTakenName(db: Db, name: string, exceptId = 0): Promise<void> {
  const others = await db.provider.count({ where: { name, id: { not: exceptId } } });
  if (others > 0) throw new InvalidInput({ name: ['A provider with this name already exists.'] });
}

/** What the fields say together, as they are now written (in the caller's transaction, which this undoes by throwing). */
async function refuseUnfit(tx: Db, provider: Row): Promise<void> {
  refuseUnfitDomain(provider);
  if (provider.mode === 'proxy' && provider.internalHost === '') {
    throw new InvalidInput({
      internal_host: ['admin.proxy.errors.internalMissing'],
    });
  }
  if (provider.basicAuthEnabled) refuseMissingAttributes(provider);
  refuseTwoSources(provider);
  await refuseTakenHost(tx, provider);
}

function refuseUnfitDomain({ mode, cookieDomain, externalHost }: Row): void {
  if (mode !== 'forward_domain') return;
  if (cookieDomain === '') {
    throw new InvalidInput({
      cookie_domain: ['admin.proxy.errors.domainMissing'],
    });
  }
  const { hostname } = new URL(externalHost);
  if (!isWithin(hostname, cookieDomain)) {
    const values = { host: hostname, domain: cookieDomain };
    throw new InvalidInput({
      cookie_domain: [{ text: 'admin.proxy.errors.domainOutside', values, at: '' }],
    });
  }
}

/** An attribute or an expression: with both, nobody could say which one counts. */
function refuseTwoSources(provider: Row): void {
  const message = ['admin.proxy.errors.twoSources'];
  const { backendOverrideAttribute, backendOverrideExpression } = provider;
  if (backendOverrideAttribute !== '' && backendOverrideExpression !== '') {
    throw new InvalidInput({ backend_override_expression: message });
  }
  if (provider.hostHeaderAttribute !== '' && provider.hostHeaderExpression !== '') {
    throw new InvalidInput({ host_header_expression: message });
  }
}

function refuseMissingAttributes({ basicAuthUserAttribute, basicAuthPasswordAttribute }: Row): void {
  const message = ['admin.proxy.errors.attributeMissing'];
  const missing = {
    ...(basicAuthUserAttribute === '' && { basic_auth_user_attribute: message }),
    ...(basicAuthPasswordAttribute === '' && { basic_auth_password_attribute: message }),
  };
  if (Object.keys(missing).length > 0) throw new InvalidInput(missing);
}

/** Only what is newly given: one that has been deleted since must not keep anybody from changing something else. */
async function refuseUnknownFederation(tx: Db, ids: readonly number[] = []): Promise<void> {
  const known = await tx.oAuth2Provider.count({ where: { providerId: { in: [...ids] } } });
  if (known === new Set(ids).size) return;
  throw new InvalidInput({ jwt_federation_providers: ['There is no such provider.'] });
}

async function refuseTakenHost(tx: Db, { providerId, externalHost }: Row): Promise<void> {
  const others = await tx.proxyProvider.findMany({
    where: { providerId: { not: providerId } },
    select: { providerId: true, externalHost: true },
  });
  const authority = authorityOf(externalHost);
  const taken = others.find((other) => authorityOf(other.externalHost) === authority);
  if (!taken) return;
  // Only now: of thousands, reading the names as well would take three times as long.
  const { name, application } = await getProvider(tx, taken.providerId);
  const values = { name: application?.name ?? name };
  throw new InvalidInput({ external_host: [{ text: 'admin.proxy.errors.hostTaken', values, at: '' }] });
}

function authorityOf(externalHost: string): string | undefined {
  const { protocol, host } = new URL(externalHost);
  return readHost(host, protocol === 'https:' ? 'https' : 'http')?.authority;
}
