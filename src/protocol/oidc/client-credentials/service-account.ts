// The account that a client acts as when it acts for nobody: an ordinary service account, so that it can be bound to
// applications, put into groups and deactivated like any other. Its name is authentik's.
import { recordEvent } from '../../../identity/event/event.ts';
import { createUser, findUserByLogin, type User } from '../../../identity/user/user.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import type { OAuth2Provider } from '../client.ts';

/** With the rest of the account's name, no longer than a username may be. */
const LONGEST_NAME = 120;

/** The client's service account, made at its first use; undefined when the name is a person's, whom it must not become. */
export async function ensureServiceAccount(
  db: Db,
  changes: Publisher,
  client: OAuth2Provider,
): Promise<User | undefined> {
  const username = serviceAccountName(client);
  const account = (await findUserByLogin(db, username)) ?? (await createServiceAccount(db, changes, client));
  return account?.type === 'service_account' && account.username === username ? account : undefined;
}

export function serviceAccountName({ provider: { name }, providerId }: OAuth2Provider): string {
  return `ak-${name.length > LONGEST_NAME ? providerId : name}-client_credentials`;
}

async function createServiceAccount(
  db: Db,
  changes: Publisher,
  client: OAuth2Provider,
): Promise<User | undefined> {
  const username = serviceAccountName(client);
  const application = client.provider.application?.name ?? client.provider.name;
  try {
    const account = await createUser(db, changes, {
      username,
      name: `${application} (client credentials)`.slice(-255),
      type: 'service_account',
      path: 'goauthentik.io/service-accounts',
      attributes: { 'goauthentik.io/user/generated': true },
    });
    const model = { app: 'identity.user', model_name: 'user', pk: account.id, name: username };
    await recordEvent(db, { action: 'model_created', source: 'protocol.oidc', context: { model } });
    return account;
  } catch (error) {
    // Another request has just made it.
    if (error instanceof InvalidInput) return findUserByLogin(db, username);
    throw error;
  }
}
