// /api/v3/propertymappings/provider/scope/: which claims a scope releases. They are declared in the field `claims`; or in
// `expression`, as in authentik, but in CEL. `claims` counts where both are given, because both are shown.
import { z } from 'zod';
import { recorder } from '../../identity/event/recorder.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { text } from '../../platform/problem/field.ts';
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
import { claimsDeclaredBy, expressionOf } from './scope-mapping-expression.ts';
import { claimsDeclaration, newScopeMapping, type ScopeMappingPatch } from './scope-mapping-fields.ts';

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

const expression = z.string().superRefine((source, context) => {
  const declared = claimsDeclaredBy(source);
  if (!declared.ok) context.addIssue({ code: 'custom', message: declared.reason, input: source });
});

const fields = z.strictObject({
  name,
  scope_name: scopeName,
  description,
  claims,
  expression: expression.optional(),
});

const filters = z.object({
  name: text.optional(),
  scope_name: text.optional(),
  managed: several(text).optional(),
  managed__isnull: flag.optional(),
});

export function scopeMappingApi({ db, changes }: Needs): Operation[] {
  const write = recorder({ db, changes }, modelOf);
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
    create: async ({ ctx, body }) => {
      const { name, scope_name: scopeName } = body;
      const input = { ...inputOf(body), name, scopeName };
      return represent(await write(ctx, 'model_created', (tx) => createScopeMapping(tx, input)));
    },
    update: async ({ ctx, parameters: { pm_uuid: id }, body }) => {
      const input = inputOf(body);
      return represent(
        await write(ctx, 'model_updated', (tx, publisher) => updateScopeMapping(tx, publisher, id, input)),
      );
    },
    delete: async ({ ctx, parameters: { pm_uuid: id } }) => {
      await write(ctx, 'model_deleted', async (tx, publisher) => {
        const mapping = await getScopeMapping(tx, id);
        await deleteScopeMapping(tx, publisher, id);
        return mapping;
      });
    },
  });
}

function modelOf({ id, name }: ScopeMapping) {
  return { app: 'protocol.oidc', model_name: 'scopemapping', pk: id, name };
}

type Body = Partial<z.output<typeof fields>>;

/** From the API's names to those of the rules. */
function inputOf({ scope_name: scopeName, expression: source, ...body }: Body): ScopeMappingPatch {
  const declared = source === undefined ? undefined : claimsDeclaredBy(source);
  return { ...body, scopeName, claims: body.claims ?? (declared?.ok ? declared.claims : undefined) };
}

function represent(mapping: ScopeMapping): z.input<typeof shape> {
  const declared = claimsDeclaration.parse(mapping.claims);
  return {
    pk: mapping.id,
    managed: mapping.managed,
    name: mapping.name,
    expression: expressionOf(declared),
    component: 'ak-property-mapping-provider-scope-form',
    verbose_name: 'Scope Mapping',
    verbose_name_plural: 'Scope Mappings',
    meta_model_name: 'authentik_providers_oauth2.scopemapping',
    scope_name: mapping.scopeName,
    description: mapping.description,
    claims: declared,
  };
}
