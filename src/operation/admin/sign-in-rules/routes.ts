// /if/admin/sign-in-rules/: who must sign in with a second factor, with which, and how often.
import { z } from 'zod';
import { getMfaDemand, listMfaDemands, setMfaDemand } from '../../../identity/access/mfa-demand.ts';
import { getSignInRules, setSignInRules } from '../../../identity/installation/sign-in-rule.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { MfaDemand, TrustRule } from '../../../platform/database/generated/enums.ts';
import type { Context } from '../../../platform/http/context.ts';
import { administrator, recentAdministrator } from '../../../platform/http/guard.ts';
import { type Answer, get, type Route, seeOther, post as submit } from '../../../platform/http/route.ts';
import type { Post } from '../../../platform/mail/post.ts';
import type { Page } from '../../../platform/view/page.ts';
import { countOnlyByMail } from '../../../signin/stage/second-factor/factor.ts';
import { countKeysElsewhere } from '../../../signin/stage/webauthn/credential.ts';
import { rpIdOf } from '../../../signin/stage/webauthn/relying-party.ts';
import { recordAct } from '../audit.ts';
import { signInRulesPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly post: Pick<Post, 'isOpen'>;
}

const ROOT = '/if/admin/sign-in-rules/';

const nothing = z.object({});
const edited = z.object({
  demand: z.enum(MfaDemand),
  trust: z.enum(TrustRule),
  email_codes: z.literal('on').optional(),
});

export function signInRuleRoutes(needs: Needs): Route[] {
  const again = { again: (ctx: Context) => show(needs, ctx) };
  return [
    get(ROOT, administrator, nothing, (ctx) => show(needs, ctx)),
    submit(ROOT, recentAdministrator, edited, (ctx, form) => edit(needs, ctx, form), again),
  ];
}

async function show({ db, post }: Needs, ctx: Context): Promise<Page> {
  const host = rpIdOf(ctx.state.origin);
  return signInRulesPage(ctx.state.t, {
    demand: await getMfaDemand(db),
    rules: await getSignInRules(db),
    ...(await listMfaDemands(db)),
    onlyByMailCount: await countOnlyByMail(db),
    canMail: post.isOpen,
    host,
    keysElsewhere: await countKeysElsewhere(db, host),
  });
}

async function edit({ db, changes }: Needs, ctx: Context, form: z.output<typeof edited>): Promise<Answer> {
  const { demand, trust: trustRule, email_codes: emailCodes } = form;
  const rules = { trustRule, areEmailCodesAllowed: emailCodes === 'on' };
  await setMfaDemand(db, changes, demand);
  await setSignInRules(db, rules);
  const model = { app: 'identity.access', model_name: 'mfademand', pk: 1, name: 'second factor' };
  await recordAct(db, ctx, 'model_updated', model, { demand, ...rules });
  return seeOther(ROOT, 'admin.signInRules.saved');
}
