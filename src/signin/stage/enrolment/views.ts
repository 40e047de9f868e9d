// "Set up a second factor".
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';
import type { ENROLMENTS } from '../second-factor/step.ts';

export function enrolmentPage({ t, application }: Run, kinds: readonly (typeof ENROLMENTS)[number][]): Page {
  return page('signin/enrolment', t('signin.enrolment.title'), {
    application: application?.name ?? null,
    factors: kinds.map((kind) => ({
      kind,
      name: t(`signin.factor.kind.${kind}`),
      hint: t(`signin.enrolment.${kind}Hint`),
    })),
  });
}
