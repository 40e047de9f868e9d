// /api/v3/core/users/service_account/: an account for a program, with the app password that it signs in with.
import { z } from 'zod';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { PrismaClient } from '../../../platform/database/generated/client.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import { superuser } from '../../../platform/rest/credentials.ts';
import { timestamp } from '../../../platform/rest/listing.ts';
import { type Operation, operation } from '../../../platform/rest/operation.ts';
import { modelEvent } from '../../event/actor.ts';
import { recordEvent } from '../../event/event.ts';
import { createGroup } from '../../group/group.ts';
import { addUser } from '../../group/membership.ts';
import { issueToken } from '../../token/token.ts';
import { createUser, type User } from '../user.ts';
import { username } from '../user-fields.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
  readonly vault: Vault;
}

const DEFAULT_LIFE_DAYS = 360;
const DAY_MS = 24 * 60 * 60 * 1000;

const request = z
  .strictObject({
    name: username,
    create_group: z.boolean().optional(),
    expiring: z.boolean().optional(),
    expires: timestamp.optional(),
  })
  .meta({ title: 'UserServiceAccountRequest' });

const response = z
  .object({
    username: z.string(),
    token: z.string(),
    user_uid: z.string(),
    user_pk: z.int(),
    group_pk: z.uuid().optional(),
  })
  .meta({ title: 'UserServiceAccountResponse' });

export function serviceAccountApi({ db, changes, vault }: Needs): Operation[] {
  return [
    operation({
      id: 'core_users_service_account_create',
      method: 'POST',
      path: 'core/users/service_account/',
      summary: 'Create a service account with an app password',
      guard: superuser,
      body: request,
      answer: response,
      handler: ({ ctx, body }) =>
        inTransaction(db, changes, async (tx, publisher) => {
          const { name } = body;
          const user = await createUser(tx, publisher, {
            username: name,
            name,
            type: 'service_account',
            path: 'goauthentik.io/service-accounts',
          });
          const group = body.create_group ? await createOwnGroup(tx, publisher, user) : undefined;
          const key = await issueAppPassword(tx, vault, user, expiryOf(body));
          const model = { app: 'identity.user', model_name: 'user', pk: user.id, name };
          await recordEvent(tx, modelEvent(ctx, 'model_created', model));
          const account = { username: name, token: key, user_uid: user.uid, user_pk: user.id };
          return group ? { ...account, group_pk: group.id } : account;
        }),
    }),
  ];
}

async function createOwnGroup(tx: Db, changes: Publisher, user: User) {
  const group = await createGroup(tx, changes, { name: user.username });
  await addUser(tx, changes, group.id, user.id);
  return group;
}

async function issueAppPassword(tx: Db, vault: Vault, user: User, expiresAt: Date | null): Promise<string> {
  const identifier = `service-account-${user.id}-password`;
  const { key } = await issueToken(tx, vault, {
    identifier,
    userId: user.id,
    intent: 'app_password',
    expiresAt,
  });
  return key;
}

/** Null: never. */
function expiryOf({ expiring = true, expires }: z.output<typeof request>): Date | null {
  return expiring ? (expires ?? new Date(Date.now() + DEFAULT_LIFE_DAYS * DAY_MS)) : null;
}
