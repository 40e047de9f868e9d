// The claims of a person at one client, with those that expressions compute. An expression that fails costs its own
// claim and nothing else; the caller says where its failure is reported.
import { effectiveAttributes } from '../../identity/group/attributes.ts';
import type { Sandbox } from '../provider/expression/sandbox.ts';
import { type Claims, claimsOf, factsOf, type Person, type ReleasedScope } from './claims.ts';
import type { OAuth2Provider } from './client.ts';
import type { ClaimSource } from './scope-mapping-fields.ts';

/** A claim that is missing because its expression failed. */
export interface ClaimFault {
  readonly scope: string;
  readonly claim: string;
  readonly expression: string;
  readonly reason: string;
}

export interface ComputedClaims {
  readonly claims: Claims;
  readonly faults: readonly ClaimFault[];
}

/** The claims of the granted scopes; never rejects because of an expression. */
export async function computeClaims(
  sandbox: Sandbox,
  client: Pick<OAuth2Provider, 'clientId' | 'emailVerifiedOverride' | 'provider'>,
  released: readonly ReleasedScope[],
  person: Person,
  granted: ReadonlySet<string>,
): Promise<ComputedClaims> {
  const computed = new Map<ClaimSource, unknown>();
  const faults: ClaimFault[] = [];
  for (const { scopeName: scope, claims } of released.filter(({ scopeName }) => granted.has(scopeName))) {
    for (const [claim, source] of Object.entries(claims)) {
      if (!('expression' in source)) continue;
      const { expression } = source;
      const evaluation = await sandbox.evaluate(expression, variablesOf(client, person, granted));
      if (evaluation.ok) computed.set(source, evaluation.value);
      else faults.push({ scope, claim, expression, reason: evaluation.reason });
    }
  }
  const { emailVerifiedOverride } = client;
  return { claims: claimsOf(person, released, granted, { emailVerifiedOverride, computed }), faults };
}

function variablesOf(
  { clientId, provider: { application } }: Pick<OAuth2Provider, 'clientId' | 'provider'>,
  person: Person,
  granted: ReadonlySet<string>,
) {
  const { user, groups } = person;
  return {
    user: { ...factsOf(person), attributes: effectiveAttributes(user, groups) },
    groups: groups.map(({ name }) => name),
    application: { slug: application?.slug ?? '', name: application?.name ?? '', client_id: clientId },
    request: { scopes: [...granted] },
  };
}
