// "Put these by": the recovery codes that an enrolment on the way in has made. The sign-in goes on once they are.
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Stage } from '../../flow/flow.ts';
import { codesToShow } from '../recovery-code/first-codes.ts';
import { firstCodesPage } from '../recovery-code/views.ts';

export function recoveryCodesStage({ vault }: { readonly vault: Vault }): Stage {
  return {
    name: 'recovery-codes',
    isDue: ({ progress }) => progress.recoveryCodes !== undefined,
    show: (run) => firstCodesPage(run, codesToShow(vault, run)),
    async submit(run) {
      const { recoveryCodes: _, ...progress } = run.progress;
      run.progress = progress;
    },
  };
}
