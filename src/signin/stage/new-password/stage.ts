// The new password, once the link was followed and the second factor proved: then it counts as having signed in with it.
import { z } from 'zod';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import type { Run } from '../../flow/run.ts';
import { isByLink } from '../recovery-link/recovery-link.ts';
import { type Needs, recoverPassword } from './new-password.ts';
import { newPasswordPage } from './views.ts';

const chosen = z
  .object({ password: z.string().min(1), password_repeat: z.string() })
  .refine((given) => given.password === given.password_repeat, {
    path: ['password_repeat'],
    error: 'user.password.differ',
  });

export function newPasswordStage(needs: Needs): Stage {
  return {
    name: 'new-password',
    isDue: (run) => provedByLink(run) !== undefined,
    show: newPasswordPage,
    async submit(run, given) {
      const { password } = validate(chosen, given);
      const proof = provedByLink(run);
      if (!proof) return;
      await recoverPassword(needs, run, proof, password);
      const methods = ['pwd', ...proof.methods.filter((method) => !isByLink(method))];
      run.progress = { ...run.progress, proof: { ...proof, methods } };
    },
  };
}

function provedByLink({ progress: { proof } }: Run) {
  return proof?.methods.some(isByLink) ? proof : undefined;
}
