// What the administrators have decided about signing in, beside who must use a second factor (access/mfa-demand.ts).
import type { Db } from '../../platform/database/database.ts';
import type { TrustRule } from '../../platform/database/generated/enums.ts';

export interface SignInRules {
  /** Whether codes by e-mail may be a second factor. */
  readonly areEmailCodesAllowed: boolean;
  /** Who may have a device trusted. */
  readonly trustRule: TrustRule;
}

export async function getSignInRules(db: Db): Promise<SignInRules> {
  const select = { areEmailCodesAllowed: true, trustRule: true };
  return db.installation.findFirstOrThrow({ select });
}

export async function setSignInRules(db: Db, rules: Partial<SignInRules>): Promise<void> {
  await db.installation.updateMany({ data: rules });
}
