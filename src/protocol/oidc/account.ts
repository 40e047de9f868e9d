// Who a token is about, asked anew at every step: a code, a token or a session is worth nothing once its person has been
// deactivated or may no longer open the application. accountId is our user id; what the client is told is the subject.

import type Provider from 'oidc-provider';
import type { Account } from 'oidc-provider';
import type { User } from '../../identity/user/user.ts';
import type { Claims, Person } from './claims.ts';
import type { OAuth2Provider } from './client.ts';
import type { Standing } from './standing.ts';
import { subjectOf } from './subject.ts';

/** An account as oidc-provider wants it, with what the client calls the person. */
export interface ClientAccount extends Account {
  readonly user: User;
  readonly subject: string;
}

/** What the client is told of a person with those scopes. */
export type ClaimsFor = (person: Person, granted: ReadonlySet<string>) => Promise<Claims>;

interface Needs {
  readonly standing: Standing;
  readonly client: OAuth2Provider;
  readonly claimsFor: ClaimsFor;
}

/** The active user with that account id. */
export async function findAccount(needs: Needs, accountId: string): Promise<ClientAccount | undefined> {
  const person = await needs.standing.findPerson(Number(accountId));
  return person && accountOf(needs, accountId, person);
}

/** The same for something that was issued earlier: access rules hold for it as for a new sign-in (CVE-2024-52287). */
export async function findEntitledAccount(
  needs: Needs,
  accountId: string,
): Promise<ClientAccount | undefined> {
  const { standing, client } = needs;
  const { application } = client.provider;
  const person = await standing.findPerson(Number(accountId));
  const mayOpen = person && application && (await standing.mayOpen(person, application));
  return mayOpen ? accountOf(needs, accountId, person) : undefined;
}

function accountOf({ client, claimsFor }: Needs, accountId: string, person: Person): ClientAccount {
  const { user } = person;
  // An access token and its ID token ask for the same.
  const known = new Map<string, Promise<Claims>>();
  return {
    accountId,
    user,
    subject: subjectOf(user, client.subjectMode),
    claims: async (_use, scope) => {
      const claims = known.get(scope) ?? claimsFor(person, new Set(scope.split(' ')));
      known.set(scope, claims);
      return { ...(await claims), sub: accountId };
    },
  };
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
