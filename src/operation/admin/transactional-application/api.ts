// PUT /api/v3/core/transactional/applications/: an application with its provider and bindings, or nothing of it.
import { z } from 'zod';
import { createBinding } from '../../../identity/access/binding.ts';
import { createApplication } from '../../../identity/application/application.ts';
import { applicationFields, applicationInput } from '../../../identity/application/representation.ts';
import { modelEvent } from '../../../identity/event/actor.ts';
import { recordEvent } from '../../../identity/event/event.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { PrismaClient } from '../../../platform/database/generated/client.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import { superuser } from '../../../platform/rest/credentials.ts';
import { type Operation, operation } from '../../../platform/rest/operation.ts';
import { createOAuth2Provider } from '../../../protocol/oidc/client.ts';
import { oauth2ProviderFields, oauth2ProviderInput } from '../../../protocol/oidc/representation.ts';
import { createProxyProvider } from '../../../protocol/outpost/provider/proxy-provider.ts';
import {
  proxyProviderFields,
  proxyProviderInput,
} from '../../../protocol/outpost/provider/representation.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
  readonly vault: Vault;
}

const binding = z.strictObject({
  group: z.uuid().nullable().optional(),
  user: z.int32().nullable().optional(),
  negate: z.boolean().optional(),
  enabled: z.boolean().optional(),
  order: z.int32().optional(),
  timeout: z.int().optional(),
  failure_result: z.boolean().optional(),
});

const OAUTH2 = 'authentik_providers_oauth2.oauth2provider';
const PROXY = 'authentik_providers_proxy.proxyprovider';

const common = {
  app: applicationFields.omit({ provider: true }),
  policy_bindings: z.array(binding).optional(),
};

/** authentik's own client says the model inside the provider, too. */
const said = <Model extends string>(model: Model) => ({ providerModel: z.literal(model).optional() });

const body = z.discriminatedUnion('provider_model', [
  z.strictObject({
    ...common,
    provider_model: z.literal(OAUTH2),
    provider: oauth2ProviderFields.extend(said(OAUTH2)),
  }),
  z.strictObject({
    ...common,
    provider_model: z.literal(PROXY),
    provider: proxyProviderFields.extend(said(PROXY)),
  }),
]);

type Body = z.output<typeof body>;

const answer = z.object({ applied: z.boolean(), logs: z.array(z.string()) });

export function transactionalApplicationApi({ db, changes, vault }: Needs): Operation[] {
  return [
    operation({
      id: 'core_transactional_applications_update',
      method: 'PUT',
      path: 'core/transactional/applications/',
      summary: 'Make an application with its provider',
      guard: superuser,
      body: body.meta({ title: 'TransactionApplicationRequest' }),
      answer: answer.meta({ title: 'TransactionApplicationResponse' }),
      handler: ({ ctx, body: given }) =>
        inTransaction(db, changes, async (tx, publisher) => {
          const { app, policy_bindings: bindings = [] } = given;
          const providerId = await createProvider(tx, publisher, vault, given);
          const { slug, name } = app;
          const fields = { ...applicationInput(app), slug, name, providerId };
          const { id: applicationId } = await createApplication(tx, publisher, fields);
          for (const { group, user, negate, enabled, order } of bindings) {
            const rule = { groupId: group, userId: user, isNegated: negate, isEnabled: enabled, order };
            await createBinding(tx, publisher, { applicationId, ...rule });
          }
          const model = { app: 'identity.application', model_name: 'application', pk: applicationId, name };
          await recordEvent(tx, modelEvent(ctx, 'model_created', model));
          return { applied: true, logs: [] };
        }),
    }),
  ];
}

async function createProvider(tx: Db, changes: Publisher, vault: Vault, given: Body): Promise<number> {
  if (given.provider_model === OAUTH2) {
    const { provider } = given;
    const input = { ...oauth2ProviderInput(provider, undefined), name: provider.name };
    return (await createOAuth2Provider(tx, changes, vault, input)).providerId;
  }
  const { name, external_host: externalHost } = given.provider;
  const input = { ...proxyProviderInput(given.provider), name, externalHost };
  return (await createProxyProvider(tx, changes, vault, input)).providerId;
}
