// Explicit consent: what an application will see, agreed to or refused by the person. A refusal is recorded in the
// request, and the protocol answers it (OpenID Connect: access_denied).
import { z } from 'zod';
import { checkAccess } from '../../../identity/access/access-query.ts';
import { coversScopes, findConsent, grantConsent } from '../../../identity/access/consent.ts';
import type { Db } from '../../../platform/database/database.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { provedUserId, type Run } from '../../flow/run.ts';
import { consentPage } from './views.ts';

const answered = z.object({ answer: z.enum(['accept', 'decline']) });

export function consentStage({ db }: { readonly db: Db }): Stage {
  return {
    name: 'consent',
    async isDue(run) {
      const asked = wanted(run);
      if (!asked || run.progress.consent !== undefined) return false;
      // Whoever may not open it need not agree to anything; where the flow returns to tells them so.
      if (!(await checkAccess(db, asked.application, asked.userId)).isAllowed) return false;
      return asked.mustAsk || !coversScopes(await findConsent(db, asked, run.now), asked.scopes);
    },
    show: consentPage,
    async submit(run, given) {
      const { answer } = validate(answered, given);
      const asked = wanted(run);
      if (answer === 'accept' && asked) await grantConsent(db, asked, run.now);
      run.progress = { ...run.progress, consent: answer === 'accept' ? 'granted' : 'declined' };
    },
  };
}

/** Whose consent to what is wanted; undefined while nobody has proved who they are. */
function wanted(run: Run) {
  const userId = provedUserId(run);
  const { consent } = run.requirements;
  if (!consent || !run.application || userId === undefined) return undefined;
  return {
    userId,
    application: run.application,
    applicationId: run.application.id,
    scopes: consent.scopes,
    mustAsk: consent.mustAsk === true,
    ...(consent.validitySeconds !== undefined && {
      expiresAt: new Date(run.now.getTime() + consent.validitySeconds * 1000),
    }),
  };
}
