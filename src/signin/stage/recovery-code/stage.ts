// A recovery code in place of the second factor that was lost.
import { z } from 'zod';
import { recordEvent } from '../../../identity/event/event.ts';
import { addresseeOf } from '../../../identity/user/addressee.ts';
import { getUser } from '../../../identity/user/user.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Post } from '../../../platform/mail/post.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { personOf, type Run } from '../../flow/run.ts';
import { proveByCode } from '../second-factor/guess.ts';
import { dueStep } from '../second-factor/step.ts';
import { countRecoveryCodes, redeemRecoveryCode } from './recovery-code.ts';
import { recoveryCodePage } from './views.ts';

const typed = z.object({ code: z.string().trim().min(1).max(64) });

interface Needs {
  readonly db: Db;
  readonly post: Post;
}

export function recoveryCodeStage(needs: Needs): Stage {
  const { db } = needs;
  return {
    name: 'recovery-code',
    isDue: async (run) => (await dueStep(needs, run)) === 'recovery-code',
    show: recoveryCodePage,
    async submit(run, given) {
      const { code } = validate(typed, given);
      await proveByCode(db, run, {
        factor: 'recovery-code',
        refusal: 'signin.recoveryCode.refused',
        verify: (userId) => redeemRecoveryCode(db, userId, code, run.now),
      });
      await recordUse(needs, run);
    },
  };
}

/** Somebody may have found the sheet of paper: its owner is told that a code was used. */
async function recordUse({ db, post }: Needs, run: Run): Promise<void> {
  const person = personOf(run);
  if (person?.id === undefined) return;
  const { id } = person;
  const left = await countRecoveryCodes(db, id);
  await recordEvent(db, {
    action: 'custom_',
    source: 'signin.recovery-code',
    userId: person.id,
    username: person.login,
    context: { message: 'A recovery code was used.', left },
    clientAddress: run.client.address,
    requestId: run.requestId,
  });
  post.sendLater(async () => {
    const user = await getUser(db, id);
    if (user.email === '' || !user.emailVerified) return undefined;
    const values = { username: user.username, left };
    return { kind: 'recoveryCodeUsed', to: addresseeOf(user), values, path: '/if/user/devices/' };
  });
}
