// Scope mappings: shared between providers, or made for one. Ours carry a `managed` id, are written at every start, and
// cannot be changed: what they mean must not depend on the installation.
import type { Publisher } from '../../platform/database/changes.ts';
import { given } from '../../platform/database/columns.ts';
import { type Db, isUniqueViolation } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import { Conflict, InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import { validate } from '../../platform/problem/validate.ts';
import { DEFAULT_SCOPE_MAPPINGS } from './default-scope-mappings.ts';
import {
  type NewScopeMapping,
  newScopeMapping,
  type ScopeMappingPatch,
  scopeMappingPatch,
} from './scope-mapping-fields.ts';

export type ScopeMapping = Prisma.ScopeMappingGetPayload<object>;

/** Writes the scopes that every installation has; called at every start. */
export async function ensureScopeMappings(db: Db): Promise<void> {
  for (const mapping of DEFAULT_SCOPE_MAPPINGS) {
    const { managed } = mapping;
    await db.scopeMapping.upsert({ where: { managed }, create: mapping, update: mapping });
  }
}

/** Ids of the scopes that a new provider offers unless told otherwise. */
export async function defaultScopeMappingIds(db: Db): Promise<string[]> {
  const mappings = await db.scopeMapping.findMany({
    where: { managed: { not: null } },
    select: { id: true },
  });
  return mappings.map(({ id }) => id);
}

/** Throws InvalidInput for a claim that cannot be declared, or a name that is taken. */
export async function createScopeMapping(db: Db, input: NewScopeMapping): Promise<ScopeMapping> {
  const fields = validate(newScopeMapping, input);
  return db.scopeMapping
    .create({ data: { ...given(fields), name: fields.name, scopeName: fields.scopeName } })
    .catch(refuseTakenName);
}

/** Makes a mapping for one provider alone, which offers it at once; it goes when the provider goes. */
export async function addOwnScopeMapping(
  db: Db,
  changes: Publisher,
  ownerId: number,
  input: NewScopeMapping,
): Promise<ScopeMapping> {
  const mapping = await createScopeMapping(db, input);
  await db.scopeMapping.update({ where: { id: mapping.id }, data: { ownerId } });
  await db.providerScopeMapping.create({ data: { providerId: ownerId, scopeMappingId: mapping.id } });
  changes.publish('provider', { id: ownerId });
  return { ...mapping, ownerId };
}

/** Changes the given fields only; throws Conflict for one of ours. */
export async function updateScopeMapping(
  db: Db,
  changes: Publisher,
  id: string,
  input: ScopeMappingPatch,
): Promise<ScopeMapping> {
  const fields = validate(scopeMappingPatch, input);
  await getOwnScopeMapping(db, id);
  const mapping = await db.scopeMapping.update({ where: { id }, data: given(fields) }).catch(refuseTakenName);
  await publishProvidersOf(db, changes, id);
  return mapping;
}

/** Throws NotFound, and Conflict for one of ours. */
export async function deleteScopeMapping(db: Db, changes: Publisher, id: string): Promise<void> {
  await getOwnScopeMapping(db, id);
  await publishProvidersOf(db, changes, id);
  await db.scopeMapping.delete({ where: { id } });
}

/** Throws NotFound. */
export async function getScopeMapping(db: Db, id: string): Promise<ScopeMapping> {
  const mapping = await db.scopeMapping.findUnique({ where: { id } });
  if (!mapping) throw new NotFound('There is no such scope mapping.');
  return mapping;
}

export interface ScopeMappingQuery {
  readonly where?: Prisma.ScopeMappingWhereInput;
  readonly orderBy?: Prisma.ScopeMappingOrderByWithRelationInput[];
  readonly skip?: number;
  readonly take?: number;
}

/** A page of mappings, by scope unless ordered otherwise, with the number of all that match. */
export async function listScopeMappings(
  db: Db,
  query: ScopeMappingQuery = {},
): Promise<{ count: number; results: ScopeMapping[] }> {
  const { where = {}, orderBy = [{ scopeName: 'asc' }, { name: 'asc' }], skip = 0, take = 100 } = query;
  const [count, results] = await Promise.all([
    db.scopeMapping.count({ where }),
    db.scopeMapping.findMany({ where, orderBy, skip, take }),
  ]);
  return { count, results };
}

async function getOwnScopeMapping(db: Db, id: string): Promise<ScopeMapping> {
  const mapping = await getScopeMapping(db, id);
  if (mapping.managed !== null)
    throw new Conflict('This mapping is part of Gatelodge. Make another one beside it.');
  return mapping;
}

async function publishProvidersOf(db: Db, changes: Publisher, scopeMappingId: string): Promise<void> {
  const uses = await db.providerScopeMapping.findMany({
    where: { scopeMappingId },
    select: { providerId: true },
  });
  for (const { providerId } of uses) changes.publish('provider', { id: providerId });
}

function refuseTakenName(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  throw new InvalidInput({ name: ['A scope mapping with this name already exists.'] }, { cause: error });
}
