// The password. Unknown, wrong, deactivated and locked get the same words, the same status and the same work, so nothing
// here tells who has an account. Only an address that has guessed too often is told to wait.
import { z } from 'zod';
import { recordEvent } from '../../../identity/event/event.ts';
import { verifyPassword } from '../../../identity/user/password.ts';
import type { PasswordHasher } from '../../../platform/crypto/password-hash.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';
import { InvalidInput, TooManyRequests } from '../../../platform/problem/problem.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { type Person, personOf, prove, provedUserId, type Run } from '../../flow/run.ts';
import { isKnownBrowser } from '../../session/known-browser.ts';
import { admitAttempt, forgiveAttempt } from '../../session/lockout.ts';
import { passkeyOffer } from '../passkey/passkey.ts';
import { noteTrustedDevice } from '../second-factor/trust.ts';
import { passwordPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly vault: Vault;
  readonly passwords: PasswordHasher;
}

const proof = z.object({ password: z.string().min(1), remember_me: z.literal('on').optional() });

export function passwordStage(needs: Needs): Stage {
  return {
    name: 'password',
    isDue: (run) => provedUserId(run) === undefined,
    show: async (run) => passwordPage(run, await passkeyOffer(needs, run)),
    async submit(run, given) {
      const { password, remember_me } = validate(proof, given);
      const person = personOf(run);
      const userId = person && (await provenUserId(needs, run, person, password));
      if (userId === undefined) throw new InvalidInput({ password: [run.t('signin.password.refused')] });
      prove(run, userId, 'pwd', remember_me === 'on');
      await noteTrustedDevice(needs.db, run, userId);
    },
  };
}

/** The person's id when the password is theirs; every refusal is recorded. */
async function provenUserId(
  { db, passwords }: Needs,
  run: Run,
  person: Person,
  password: string,
): Promise<number | undefined> {
  const isKnown = await isKnownBrowser(db, run.browserHash, person.id);
  const knownBrowser = isKnown ? run.browserHash : undefined;
  const attempt = { login: person.login, clientAddress: run.client.address, knownBrowser };
  const admission = await admitAttempt(db, attempt, run.now);
  if (!admission.isAdmitted && admission.because === 'address')
    throw tooMany(run, admission.retryAfterSeconds);

  const user = admission.isAdmitted && person.id !== undefined ? { id: person.id } : undefined;
  const isRight = await verifyPassword(db, passwords, user, password, { isReserved: isKnown });
  if (isRight && user) {
    await forgiveAttempt(db, attempt);
    return user.id;
  }
  await recordEvent(db, {
    action: 'login_failed',
    source: 'signin.password',
    userId: person.id,
    // A name that nobody has may be a password in the wrong field.
    username: person.id === undefined ? '' : person.login,
    context: { flow: run.flow, isLocked: !admission.isAdmitted },
    clientAddress: run.client.address,
    requestId: run.requestId,
  });
  return undefined;
}

function tooMany({ t }: Run, retryAfterSeconds: number): TooManyRequests {
  return new TooManyRequests(t('signin.password.tooMany', { seconds: retryAfterSeconds }), {
    retryAfterSeconds,
  });
}
