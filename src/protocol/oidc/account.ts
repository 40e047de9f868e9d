// Who a token is about, asked anew at every step: a code, a token or a session is worth nothing once its person has been
// deactivated or may no longer open the application. accountId is our user id; what the client is told is the subject.

import type Provider from 'oidc-provider';
import type { Account } from 'oidc-provider';
import { checkAccess } from '../../identity/access/access-query.ts';
import { groupsOfUser } from '../../identity/group/membership.ts';
import { findUser, type User } from '../../identity/user/user.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Claims, Person } from './claims.ts';
import type { OAuth2Provider } from './client.ts';
import { subjectOf } from './subject.ts';

/** An account as oidc-provider wants it, with what the client calls the person. */
export interface ClientAccount extends Account {
  readonly user: User;
  readonly subject: string;
}

/** What the client is told of a person with those scopes. */
export type ClaimsFor = (person: Person, granted: ReadonlySet<string>) => Promise<Claims>;

/** The active user with that account id. */
export async function findAccount(
  db: Db,
  client: OAuth2Provider,
  claimsFor: ClaimsFor,
  accountId: string,
): Promise<ClientAccount | undefined> {
  const user = await findUser(db, Number(accountId));
  if (!user?.isActive) return undefined;
  const subject = subjectOf(user, client.subjectMode);
  return {
    accountId,
    user,
    subject,
    claims: async (_use, scope) => {
      const person = { user, groups: await groupsOfUser(db, user.id) };
      const claims = await claimsFor(person, new Set(scope.split(' ')));
      return { ...claims, sub: accountId };
    },
  };
}

/** The same for something that was issued earlier: access rules hold for it as for a new sign-in (CVE-2024-52287). */
export async function findEntitledAccount(
  db: Db,
  client: OAuth2Provider,
  claimsFor: ClaimsFor,
  accountId: string,
): Promise<ClientAccount | undefined> {
  const { application } = client.provider;
  const access = application && (await checkAccess(db, application, Number(accountId)));
  return access?.isAllowed ? findAccount(db, client, claimsFor, accountId) : undefined;
}

/** Makes ID tokens and userinfo name the person by the subject instead of the account id. */
export function useSubjects(provider: Provider): void {
  // The name is oidc-provider's.
  class Claims extends provider.Claims {
    readonly #account: unknown;

    constructor(...[available, context]: ConstructorParameters<Provider['Claims']>) {
      super(available, context);
      this.#account = context.ctx?.oidc.account;
    }

    override async result() {
      const claims = await super.result();
      return isClientAccount(this.#account) ? { ...claims, sub: this.#account.subject } : claims;
    }
  }
  Object.defineProperty(provider, 'Claims', { value: Claims });
}

function isClientAccount(account: unknown): account is ClientAccount {
  return typeof account === 'object' && account !== null && 'subject' in account;
}
