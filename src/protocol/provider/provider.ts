// What all providers have in common: a name, a type, and the application that speaks through them.
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import { NotFound } from '../../platform/problem/problem.ts';

const visible = {
  id: true,
  type: true,
  name: true,
  application: { select: { id: true, slug: true, name: true } },
} satisfies Prisma.ProviderSelect;

export type Provider = Prisma.ProviderGetPayload<{ select: typeof visible }>;

export interface ProviderQuery {
  readonly where?: Prisma.ProviderWhereInput;
  readonly orderBy?: Prisma.ProviderOrderByWithRelationInput[];
  readonly skip?: number;
  readonly take?: number;
}

/** A page of providers of every type, by name unless ordered otherwise, with the number of all that match. */
export async function listProviders(
  db: Db,
  query: ProviderQuery = {},
): Promise<{ count: number; results: Provider[] }> {
  const { where = {}, orderBy = [{ name: 'asc' }], skip = 0, take = 100 } = query;
  const [count, results] = await Promise.all([
    db.provider.count({ where }),
    db.provider.findMany({ where, orderBy, skip, take, select: visible }),
  ]);
  return { count, results };
}

/** Throws NotFound. */
export async function getProvider(db: Db, id: number): Promise<Provider> {
  const provider = await db.provider.findUnique({ where: { id }, select: visible });
  if (!provider) throw new NotFound('There is no such provider.');
  return provider;
}

/** Deletes the provider; its application stays and has none. Throws NotFound. */
export async function deleteProvider(db: Db, changes: Publisher, id: number): Promise<void> {
  const { application } = await getProvider(db, id);
  await db.provider.delete({ where: { id } });
  changes.publish('provider', { id });
  if (application) changes.publish('application', { id: application.id });
}
