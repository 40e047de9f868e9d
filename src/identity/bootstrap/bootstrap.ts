// The bootstrap variables: an installation that is to be administered by scripts gets its first administrator, and a
// key for the API, without anybody opening the set-up page. They count at the first start only.
import type { PasswordHasher } from '../../platform/crypto/password-hash.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { recordEvent } from '../event/event.ts';
import { issueToken } from '../token/token.ts';
import { createFirstAdministrator } from '../user/first-administrator.ts';

export interface Bootstrap {
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly email?: string | undefined;
}

const USERNAME = 'akadmin';
const TOKEN_IDENTIFIER = 'gatelodge-bootstrap-token';

/** Makes the administrator and the token that are asked for, both or neither; true if this call did. */
export async function applyBootstrap(
  db: Db,
  changes: Publisher,
  hasher: PasswordHasher,
  vault: Vault,
  { password, token, email = '' }: Bootstrap,
): Promise<boolean> {
  if (password === undefined && token === undefined) return false;
  return inTransaction(db, changes, async (tx, publisher) => {
    const administrator = { username: USERNAME, name: 'Administrator', email, password };
    const result = await createFirstAdministrator(tx, publisher, hasher, administrator);
    if (!result.ok) return false;
    const { user } = result;
    if (token !== undefined) {
      const description = 'Made from the bootstrap variables';
      const access = { identifier: TOKEN_IDENTIFIER, intent: 'api', expiresAt: null } as const;
      await issueToken(tx, vault, { ...access, userId: user.id, description, key: token });
    }
    await recordEvent(tx, {
      action: 'model_created',
      source: 'identity.bootstrap',
      context: { model: { app: 'identity', model_name: 'user', pk: user.id, name: user.username } },
    });
    return true;
  });
}
