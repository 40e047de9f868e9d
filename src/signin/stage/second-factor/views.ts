// The choice among second factors.
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';
import type { FactorKind } from './factor.ts';

export function choicePage({ t }: Run, kinds: readonly FactorKind[]): Page {
  return page('signin/second-factor', t('signin.factor.title'), {
    factors: kinds.map((kind) => ({
      kind,
      name: t(`signin.factor.kind.${kind}`),
      hint: t(`signin.factor.kindHint.${kind}`),
    })),
  });
}
