// PUT /api/v3/core/transactional/applications/: an application with its provider and bindings, or nothing of it.
import { z } from 'zod';
import { createBinding } from '../../identity/access/binding.ts';
import { createApplication } from '../../identity/application/application.ts';
import { applicationFields, applicationInput } from '../../identity/application/representation.ts';
import { modelEvent } from '../../identity/event/actor.ts';
import { recordEvent } from '../../identity/event/event.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { superuser } from '../../platform/rest/credentials.ts';
import { type Operation, operation } from '../../platform/rest/operation.ts';
import { createOAuth2Provider } from './client.ts';
import { oauth2ProviderFields, oauth2ProviderInput } from './representation.ts';

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

const body = z.strictObject({
  app: applicationFields.omit({ provider: true }),
  provider_model: z.literal('authentik_providers_oauth2.oauth2provider'),
  provider: oauth2ProviderFields,
  policy_bindings: z.array(binding).optional(),
});

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
      handler: ({ ctx, body: { app, provider, policy_bindings: bindings = [] } }) =>
        inTransaction(db, changes, async (tx, publisher) => {
          const input = { ...oauth2ProviderInput(provider, undefined), name: provider.name };
          const { providerId } = await createOAuth2Provider(tx, publisher, vault, input);
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
