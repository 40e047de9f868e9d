// /api/v3/providers/all/: the common part of every provider.
import { z } from 'zod';
import { providerShape, representProvider } from '../../identity/application/provider-representation.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { ProviderType } from '../../platform/database/generated/enums.ts';
import { int32 } from '../../platform/problem/field.ts';
import { flag } from '../../platform/rest/listing.ts';
import type { Operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import { deleteProvider, getProvider, listProviders } from './provider.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
}

const filters = z.object({ application__isnull: flag.optional(), type: z.enum(ProviderType).optional() });

export function providerApi({ db, changes }: Needs): Operation[] {
  return resource({
    path: 'providers/all',
    name: 'Provider',
    key: z.object({ id: int32 }),
    shape: z.object(providerShape),
    fields: z.strictObject({}),
    filters,
    ordering: { name: 'name', pk: 'id' },
    list: async ({ query, search, orderBy, skip, take }) => {
      const { application__isnull: isUnused, type } = query;
      const where = {
        name: { contains: search, mode: 'insensitive' as const },
        ...(type && { type }),
        ...(isUnused !== undefined && { application: isUnused ? { is: null } : { isNot: null } }),
      };
      const { count, results } = await listProviders(db, { where, ...(orderBy && { orderBy }), skip, take });
      return { count, results: results.map(representProvider) };
    },
    get: async ({ parameters }) => representProvider(await getProvider(db, parameters.id)),
    delete: ({ parameters }) => deleteProvider(db, changes, parameters.id),
  });
}
