// /api/v3/propertymappings/provider/scope/: which claims a scope releases. authentik has Python expressions there; ours
// are declared, in the field `claims`, and `expression` is only shown, as the declaration in words of JSON.
import { z } from 'zod';
import type { Publisher } from '../../platform/database/changes.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { flag, several } from '../../platform/rest/listing.ts';
import type { Operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import {
  createScopeMapping,
  deleteScopeMapping,
  getScopeMapping,
  listScopeMappings,
  type ScopeMapping,
  updateScopeMapping,
} from './scope-mapping.ts';
import { claimsDeclaration, newScopeMapping } from './scope-mapping-fields.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
}

const shape = z.object({
  pk: z.uuid(),
  managed: z.string().nullable(),
  name: z.string(),
  expression: z.string(),
  component: z.string(),
  verbose_name: z.string(),
  verbose_name_plural: z.string(),
  meta_model_name: z.string(),
  scope_name: z.string(),
  description: z.string(),
  claims: claimsDeclaration,
});

const { name, scopeName, description, claims } = newScopeMapping.shape;
const fields = z.strictObject({ name, scope_name: scopeName, description, claims });

const filters = z.object({
  name: z.string().optional(),
  scope_name: z.string().optional(),
  managed: several(z.string()).optional(),
  managed__isnull: flag.optional(),
});

export function scopeMappingApi({ db, changes }: Needs): Operation[] {
  return resource({
    path: 'propertymappings/provider/scope',
    name: 'ScopeMapping',
    key: z.object({ pm_uuid: z.uuid() }),
    shape,
    fields,
    filters,
    ordering: { name: 'name', scope_name: 'scopeName' },

    list: async ({ query, search, orderBy, skip, take }) => {
      const { name: exactName, scope_name: exactScope, managed, managed__isnull: isOwn } = query;
      const where = {
        name: exactName ?? { contains: search, mode: 'insensitive' as const },
        ...(exactScope !== undefined && { scopeName: exactScope }),
        ...(managed && { managed: { in: managed } }),
        ...(isOwn !== undefined && { managed: isOwn ? null : { not: null } }),
      };
      const page = await listScopeMappings(db, { where, ...(orderBy && { orderBy }), skip, take });
      return { ...page, results: page.results.map(represent) };
    },
    get: async ({ parameters }) => represent(await getScopeMapping(db, parameters.pm_uuid)),
    create: async ({ body: { scope_name, ...body } }) =>
      represent(await createScopeMapping(db, { ...body, scopeName: scope_name })),
    update: async ({ parameters, body: { scope_name, ...body } }) =>
      represent(
        await updateScopeMapping(db, changes, parameters.pm_uuid, { ...body, scopeName: scope_name }),
      ),
    delete: ({ parameters }) => deleteScopeMapping(db, changes, parameters.pm_uuid),
  });
}

function represent(mapping: ScopeMapping): z.input<typeof shape> {
  const declared = claimsDeclaration.parse(mapping.claims);
  return {
    pk: mapping.id,
    managed: mapping.managed,
    name: mapping.name,
    expression: `return ${JSON.stringify(declared)}`,
    component: 'ak-property-mapping-provider-scope-form',
    verbose_name: 'Scope Mapping',
    verbose_name_plural: 'Scope Mappings',
    meta_model_name: 'authentik_providers_oauth2.scopemapping',
    scope_name: mapping.scopeName,
    description: mapping.description,
    claims: declared,
  };
}
