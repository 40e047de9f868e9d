// OAuth 2.0 providers: how an application is known to us as a client. The client secret is sealed, because it must be
// shown again and compared; nothing but getClientSecret ever opens it for a reader.
import { randomInt } from 'node:crypto';
import type { z } from 'zod';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import { given } from '../../platform/database/columns.ts';
import type { Db } from '../../platform/database/database.ts';
import { Prisma } from '../../platform/database/generated/client.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import { validate } from '../../platform/problem/validate.ts';
import {
  CLIENT_ID_LENGTH,
  CLIENT_SECRET_LENGTH,
  type NewOAuth2Provider,
  newOAuth2Provider,
  type OAuth2ProviderPatch,
  oauth2ProviderPatch,
} from './client-fields.ts';
import { defaultScopeMappingIds } from './scope-mapping.ts';
import { ensureSigningKey } from './signing-key.ts';

const withParts = {
  provider: {
    select: {
      name: true,
      type: true,
      application: {
        select: { id: true, slug: true, name: true, policyEngineMode: true, maxSessionAgeSeconds: true },
      },
    },
  },
  redirectUris: { orderBy: { position: 'asc' } },
  scopeMappings: { select: { scopeMapping: true }, orderBy: { scopeMapping: { scopeName: 'asc' } } },
} satisfies Prisma.OAuth2ProviderInclude;

/** A provider with its application, redirect URIs and scopes; the secret is sealed. */
export type OAuth2Provider = Prisma.OAuth2ProviderGetPayload<{ include: typeof withParts }>;

/** Makes a client; id and secret are generated unless given. Throws InvalidInput. */
export async function createOAuth2Provider(
  db: Db,
  changes: Publisher,
  vault: Vault,
  input: NewOAuth2Provider,
): Promise<OAuth2Provider> {
  const { name, ...fields } = validate(newOAuth2Provider, input);
  return inTransaction(db, changes, async (tx, publisher) => {
    await refuseTaken(tx, { name, clientId: fields.clientId });
    if (fields.signingAlgorithm) await ensureSigningKey(tx, publisher, vault, fields.signingAlgorithm);
    const { id } = await tx.provider.create({ data: { type: 'oauth2', name }, select: { id: true } });
    const clientId = fields.clientId ?? generateCredential(CLIENT_ID_LENGTH);
    const clientSecretSealed = vault.seal(fields.clientSecret ?? generateCredential(CLIENT_SECRET_LENGTH));
    await tx.oAuth2Provider.create({
      data: { ...columns(fields, vault), providerId: id, clientId, clientSecretSealed },
    });
    await setRedirectUris(tx, id, fields.redirectUris ?? []);
    await setScopeMappings(tx, id, fields.scopeMappingIds ?? (await defaultScopeMappingIds(tx)));
    publisher.publish('provider', { id });
    return getOAuth2Provider(tx, id);
  });
}

/** Changes the given fields only; redirect URIs and scopes are replaced as a whole. */
export async function updateOAuth2Provider(
  db: Db,
  changes: Publisher,
  vault: Vault,
  id: number,
  input: OAuth2ProviderPatch,
): Promise<OAuth2Provider> {
  const { name, ...fields } = validate(oauth2ProviderPatch, input);
  return inTransaction(db, changes, async (tx, publisher) => {
    await getOAuth2Provider(tx, id);
    await refuseTaken(tx, { name, clientId: fields.clientId }, id);
    if (fields.signingAlgorithm) await ensureSigningKey(tx, publisher, vault, fields.signingAlgorithm);
    if (name !== undefined) await tx.provider.update({ where: { id }, data: { name } });
    await tx.oAuth2Provider.update({ where: { providerId: id }, data: columns(fields, vault) });
    if (fields.redirectUris) await setRedirectUris(tx, id, fields.redirectUris);
    if (fields.scopeMappingIds) await setScopeMappings(tx, id, fields.scopeMappingIds);
    publisher.publish('provider', { id });
    return getOAuth2Provider(tx, id);
  });
}

/** Proxy providers are clients too (outpost/provider/client-identity.ts), and are none of these. */
const OF_SERVICES = { type: 'oauth2' } satisfies Prisma.ProviderWhereInput;

/** Throws NotFound. */
export async function getOAuth2Provider(db: Db, id: number): Promise<OAuth2Provider> {
  const where = { providerId: id, provider: OF_SERVICES };
  const provider = await db.oAuth2Provider.findFirst({ where, include: withParts });
  if (!provider) throw new NotFound('There is no such provider.');
  return provider;
}

/** Any client, also that of a proxied application. */
export async function findClient(db: Db, clientId: string): Promise<OAuth2Provider | undefined> {
  return (await db.oAuth2Provider.findUnique({ where: { clientId }, include: withParts })) ?? undefined;
}

/** The client of the application with that slug, if it signs people in by OpenID Connect. */
export async function findClientBySlug(db: Db, slug: string): Promise<OAuth2Provider | undefined> {
  const where = { provider: { ...OF_SERVICES, application: { slug } } };
  return (await db.oAuth2Provider.findFirst({ where, include: withParts })) ?? undefined;
}

/** The client of the application with that slug, also of a proxied one. */
export async function findClientOfApplication(db: Db, slug: string): Promise<OAuth2Provider | undefined> {
  const where = { provider: { application: { slug } } };
  return (await db.oAuth2Provider.findFirst({ where, include: withParts })) ?? undefined;
}

/** By its id, or by the slug of its application; throws NotFound. */
export async function getClientNamed(db: Db, name: string): Promise<OAuth2Provider> {
  const client = /^\d+$/.test(name)
    ? await getOAuth2Provider(db, Number(name))
    : await findClientBySlug(db, name);
  if (!client) throw new NotFound(`There is no provider "${name}".`);
  return client;
}

/** The same of any client, also that of a proxied application. */
export async function getAnyClientNamed(db: Db, name: string): Promise<OAuth2Provider> {
  const client = /^\d+$/.test(name)
    ? await db.oAuth2Provider.findUnique({ where: { providerId: Number(name) }, include: withParts })
    : await findClientOfApplication(db, name);
  if (!client) throw new NotFound(`There is no provider "${name}".`);
  return client;
}

/** The secret in the clear, for the administrator who copies it and for comparison with what a client sends. */
export function getClientSecret(vault: Vault, { clientSecretSealed }: OAuth2Provider): string | undefined {
  return clientSecretSealed === null ? undefined : vault.open(clientSecretSealed);
}

/**
 * Replaces the secret of any client by a new one; the old one is refused from now on. The caller records
 * `secret_rotate`.
 */
export async function rotateClientSecret(
  db: Db,
  changes: Publisher,
  vault: Vault,
  providerId: number,
): Promise<OAuth2Provider> {
  const data = { clientSecretSealed: vault.seal(generateCredential(CLIENT_SECRET_LENGTH)) };
  return inTransaction(db, changes, async (tx, publisher) => {
    const client = await tx.oAuth2Provider.update({ where: { providerId }, data, include: withParts });
    publisher.publish('provider', { id: providerId });
    return client;
  });
}

/** How many clients each algorithm signs for. */
export async function countClientsByAlgorithm(db: Db): Promise<Map<string, number>> {
  const rows = await db.oAuth2Provider.groupBy({ by: ['signingAlgorithm'], _count: true });
  return new Map(rows.map(({ signingAlgorithm, _count }) => [signingAlgorithm, _count]));
}

export interface OAuth2ProviderQuery {
  readonly where?: Prisma.OAuth2ProviderWhereInput;
  readonly orderBy?: Prisma.OAuth2ProviderOrderByWithRelationInput[];
  readonly skip?: number;
  readonly take?: number;
}

/** A page of providers, by name unless ordered otherwise, with the number of all that match. */
export async function listOAuth2Providers(
  db: Db,
  query: OAuth2ProviderQuery = {},
): Promise<{ count: number; results: OAuth2Provider[] }> {
  const { orderBy = [{ provider: { name: 'asc' } }], skip = 0, take = 100 } = query;
  const where = { AND: [{ provider: OF_SERVICES }, query.where ?? {}] };
  const [count, results] = await Promise.all([
    db.oAuth2Provider.count({ where }),
    db.oAuth2Provider.findMany({ where, orderBy, skip, take, include: withParts }),
  ]);
  return { count, results };
}

type Fields = Omit<z.output<typeof oauth2ProviderPatch>, 'name'>;

function columns(
  { clientSecret, jwks, redirectUris: _uris, scopeMappingIds: _ids, ...rest }: Fields,
  vault: Vault,
) {
  return {
    ...given(rest),
    ...(clientSecret !== undefined && { clientSecretSealed: vault.seal(clientSecret) }),
    ...(jwks !== undefined && { jwks: jwks === null ? Prisma.DbNull : (jwks as Prisma.InputJsonObject) }),
  };
}

async function setRedirectUris(
  db: Db,
  providerId: number,
  uris: NonNullable<Fields['redirectUris']>,
): Promise<void> {
  await db.redirectUri.deleteMany({ where: { providerId } });
  const data = uris.map((uri, position) => ({ ...uri, providerId, position }));
  await db.redirectUri.createMany({ data, skipDuplicates: true });
}

async function setScopeMappings(db: Db, providerId: number, ids: readonly string[]): Promise<void> {
  const unique = [...new Set(ids)];
  const usable = { id: { in: unique }, OR: [{ ownerId: null }, { ownerId: providerId }] };
  const known = await db.scopeMapping.count({ where: usable });
  if (known !== unique.length)
    throw new InvalidInput({ property_mappings: ['There is no such scope mapping.'] });
  await db.providerScopeMapping.deleteMany({ where: { providerId } });
  await db.providerScopeMapping.createMany({
    data: unique.map((scopeMappingId) => ({ providerId, scopeMappingId })),
  });
}

interface Unique {
  readonly name: string | undefined;
  readonly clientId: string | undefined;
}

async function refuseTaken(db: Db, { name, clientId }: Unique, exceptId = 0): Promise<void> {
  const isNameTaken =
    name !== undefined && (await db.provider.count({ where: { name, id: { not: exceptId } } })) > 0;
  if (isNameTaken) throw new InvalidInput({ name: ['A provider with this name already exists.'] });
  if (clientId === undefined) return;
  const others = { clientId, providerId: { not: exceptId } };
  if ((await db.oAuth2Provider.count({ where: others })) > 0)
    throw new InvalidInput({ client_id: ['Another provider has this client ID.'] });
}

const CREDENTIAL_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Letters and digits only, so that it survives every configuration file and both ways of sending it. */
export function generateCredential(length: number): string {
  const characters = Array.from(
    { length },
    () => CREDENTIAL_CHARACTERS[randomInt(CREDENTIAL_CHARACTERS.length)],
  );
  return characters.join('');
}
