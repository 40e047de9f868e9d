// "Sign-in rules".
import type { listMfaDemands } from '../../../identity/access/mfa-demand.ts';
import { MfaDemand } from '../../../platform/database/generated/enums.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';

export function signInRulesPage(
  t: Translate,
  demand: MfaDemand,
  { groups, applications }: Awaited<ReturnType<typeof listMfaDemands>>,
): Page {
  return page('admin/sign-in-rules', t('admin.signInRules.title'), {
    demand,
    demands: Object.values(MfaDemand).map((value) => ({
      value,
      label: t(`admin.signInRules.demands.${value}`),
    })),
    groups: groups.map(({ id, name }) => ({ name, path: `/if/admin/groups/${id}/` })),
    applications: applications.map(({ slug, name }) => ({ name, path: `/if/admin/applications/${slug}/` })),
  });
}
