// Where oidc-provider stopped for a person: what has to happen before it can go on. Every look at an interaction decides
// anew from what is true now; only the finished sign-in request, which happens once, is carried in.

import type Provider from 'oidc-provider';
import type { InteractionResults } from 'oidc-provider';
import type { AccessReason } from '../../identity/access/access.ts';
import { checkAccess } from '../../identity/access/access-query.ts';
import { given } from '../../platform/database/columns.ts';
import type { Db } from '../../platform/database/database.ts';
import type { LiveSession } from '../../signin/session/session.ts';
import type { SignInOutcome, SignInRequirements } from '../../signin/session/sign-in-request.ts';
import { isConsentGiven } from './interaction-policy.ts';
import type { Issuer } from './issuer.ts';
import { isStrongEnough, isYoungEnough, proofRequired } from './minimum-authentication.ts';
import { sessionClaims } from './session-model.ts';

export type Interaction = InstanceType<Provider['Interaction']>;

export type NextStep =
  | { readonly kind: 'sign_in'; readonly requirements: SignInRequirements }
  | { readonly kind: 'refused'; readonly reason: AccessReason }
  | { readonly kind: 'finish'; readonly result: InteractionResults };

export interface Situation {
  readonly issuer: Issuer;
  readonly interaction: Interaction;
  readonly session: LiveSession | undefined;
  /** What came of the sign-in that this interaction asked for, the first time that it is looked at afterwards. */
  readonly outcome: SignInOutcome | undefined;
}

export const ACCESS_DENIED: InteractionResults = {
  error: 'access_denied',
  error_description: 'The user may not open this application, or did not agree.',
};

/** What the person has to do now, or how oidc-provider goes on. */
export async function nextStep(db: Db, situation: Situation, now = new Date()): Promise<NextStep> {
  const { issuer, interaction, session, outcome } = situation;
  if (outcome?.consent === 'declined') return { kind: 'finish', result: ACCESS_DENIED };
  const requirements = requirementsOf(situation);
  if (!session || !isFreshEnough(situation, session, now)) return { kind: 'sign_in', requirements };

  const access = await checkAccess(db, issuer.application, session.userId);
  if (!access.isAllowed) return { kind: 'refused', reason: access.reason };

  if (!(await isStrongEnough(db, issuer.client, session, interaction.params))) {
    return { kind: 'sign_in', requirements };
  }

  const hasAgreed =
    outcome?.consent === 'granted' ||
    (!requirements.consent?.mustAsk &&
      (await isConsentGiven(db, issuer.client, session.userId, scopesOf(interaction))));
  if (!hasAgreed) {
    // They have just proved who they are, or need not: only the consent is missing.
    const { consent, uiLocales } = requirements;
    return { kind: 'sign_in', requirements: given({ consent, uiLocales }) };
  }
  return { kind: 'finish', result: { login: loginOf(session), consent: {} } };
}

/** Lets oidc-provider go on with the result; returns where. */
export async function finishInteraction(
  interaction: Interaction,
  result: InteractionResults,
): Promise<string> {
  interaction.result = result;
  // Somebody else may have signed in than was signed in when it began; for oidc-provider that would be an attack.
  interaction.session = undefined;
  await interaction.persist();
  return interaction.returnTo;
}

function requirementsOf({ issuer: { client, application }, interaction }: Situation): SignInRequirements {
  const { login_hint: loginHint, ui_locales: uiLocales } = interaction.params;
  const mustAsk = promptsOf(interaction).has('consent');
  return {
    ...(mustProveAgain(interaction) && { forceLogin: true }),
    ...proofRequired(client, interaction.params),
    ...(typeof loginHint === 'string' && { loginHint }),
    ...(typeof uiLocales === 'string' && { uiLocales }),
    ...(client.consentMode === 'explicit' && {
      consent: {
        scopes: scopesOf(interaction),
        descriptions: Object.fromEntries(
          client.scopeMappings.map(({ scopeMapping }) => [scopeMapping.scopeName, scopeMapping.description]),
        ),
        clientName: application.name,
        mustAsk,
        ...(client.consentValiditySeconds !== null && { validitySeconds: client.consentValiditySeconds }),
      },
    }),
  };
}

/** `prompt=login`, a maximum age and a foreign `id_token_hint` are met by a sign-in that this interaction has asked for. */
function isFreshEnough(
  { issuer, interaction, outcome }: Situation,
  { authenticatedAt }: LiveSession,
  now: Date,
): boolean {
  const provedAt = Math.floor(authenticatedAt.getTime() / 1000);
  if (outcome || interaction.lastSubmission?.login || provedAt > interaction.iat) return true;
  if (mustProveAgain(interaction)) return false;
  return isYoungEnough(issuer.client, provedAt, interaction.params, now);
}

function mustProveAgain(interaction: Interaction): boolean {
  return promptsOf(interaction).has('login') || interaction.prompt.reasons.includes('id_token_hint');
}

function promptsOf({ params }: Interaction): Set<string> {
  return new Set(String(params.prompt ?? '').split(' '));
}

function scopesOf({ params }: Interaction): string[] {
  return String(params.scope ?? '')
    .split(' ')
    .filter(Boolean);
}

function loginOf(session: LiveSession) {
  const { accountId, loginTs: ts, amr, acr } = sessionClaims(session);
  return { accountId, ts, amr, acr };
}
