// "Sign-in rules".
import type { listMfaDemands } from '../../../identity/access/mfa-demand.ts';
import type { SignInRules } from '../../../identity/installation/sign-in-rule.ts';
import { MfaDemand, TrustRule } from '../../../platform/database/generated/enums.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';

type Demands = Awaited<ReturnType<typeof listMfaDemands>>;

interface State extends Demands {
  readonly demand: MfaDemand;
  readonly rules: SignInRules;
  /** People whose only second factor is a code by e-mail. */
  readonly onlyByMailCount: number;
  readonly canMail: boolean;
  /** Host name that passkeys are made for now. */
  readonly host: string;
  readonly keysElsewhere: readonly { readonly host: string; readonly count: number }[];
}

export function signInRulesPage(t: Translate, state: State): Page {
  const { demand, rules, groups, applications, host, keysElsewhere } = state;
  return page('admin/sign-in-rules', t('admin.signInRules.title'), {
    demand,
    demands: optionsOf(MfaDemand, (value) => t(`admin.signInRules.demands.${value}`)),
    trust: rules.trustRule,
    trusts: optionsOf(TrustRule, (value) => t(`admin.signInRules.trusts.${value}`)),
    areEmailCodesAllowed: rules.areEmailCodesAllowed,
    emailCodesHint: emailCodesHint(t, state),
    keysElsewhere: keysElsewhere.map((other) =>
      t('admin.signInRules.keysElsewhere', { count: other.count, other: other.host, host }),
    ),
    groups: groups.map(({ id, name }) => ({ name, path: `/if/admin/groups/${id}/` })),
    applications: applications.map(({ slug, name }) => ({ name, path: `/if/admin/applications/${slug}/` })),
  });
}

function emailCodesHint(t: Translate, { canMail, onlyByMailCount }: State): string {
  if (!canMail) return t('admin.signInRules.emailCodesNoMail');
  if (onlyByMailCount === 0) return t('admin.signInRules.emailCodesHint');
  return t('admin.signInRules.emailCodesOnly', { count: onlyByMailCount });
}

function optionsOf<Value extends string>(values: Record<string, Value>, label: (value: Value) => string) {
  return Object.values(values).map((value) => ({ value, label: label(value) }));
}
