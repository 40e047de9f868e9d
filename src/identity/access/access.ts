// May this user open this application? A pure decision, taken from the application's bindings; the outpost imports it
// on its hot path, so it must stay free of imports.

/** One row of "who may open": a group or a user. */
export interface Binding {
  readonly groupId: string | null;
  readonly userId: number | null;
  readonly isNegated: boolean;
  readonly isEnabled: boolean;
}

export interface AccessQuestion {
  readonly bindings: readonly Binding[];
  /** `any`: one passing binding is enough; `all`: every binding must pass. */
  readonly policyEngineMode: 'any' | 'all';
  readonly userId: number;
  /** Effective groups: those above the user's own count too. */
  readonly groupIds: readonly string[];
}

/** Why not, with what a page needs to say who may grant access. */
export type AccessReason =
  /** None of these bindings lets the user in. */
  | { readonly kind: 'in_none'; readonly bindings: readonly Binding[] }
  /** All bindings must pass, and these do not. */
  | { readonly kind: 'not_in_all'; readonly bindings: readonly Binding[] }
  /** The user is deactivated or gone. */
  | { readonly kind: 'inactive' };

export type AccessDecision =
  | { readonly isAllowed: true }
  | { readonly isAllowed: false; readonly reason: AccessReason };

const ALLOWED: AccessDecision = { isAllowed: true };

/**
 * | enabled bindings | mode | verdict                                   |
 * |------------------|------|-------------------------------------------|
 * | none             | –    | everybody                                 |
 * | some             | any  | those for whom at least one binding passes |
 * | some             | all  | those for whom every binding passes       |
 *
 * A binding passes for its user, or for the members of its group; a negated one passes for everybody else.
 */
export function decideAccess(question: AccessQuestion): AccessDecision {
  const enabled = question.bindings.filter((binding) => binding.isEnabled);
  const failing = enabled.filter((binding) => !passes(binding, question));
  if (failing.length === 0) return ALLOWED;
  if (question.policyEngineMode === 'all') {
    return { isAllowed: false, reason: { kind: 'not_in_all', bindings: failing } };
  }
  if (failing.length < enabled.length) return ALLOWED;
  return { isAllowed: false, reason: { kind: 'in_none', bindings: failing } };
}

function passes(binding: Binding, { userId, groupIds }: AccessQuestion): boolean {
  const isMeant = binding.groupId === null ? binding.userId === userId : groupIds.includes(binding.groupId);
  return isMeant !== binding.isNegated;
}
