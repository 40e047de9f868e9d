// Asking for a link by mail. Whoever asks is told the same, after the same work, whether or not somebody has that name:
// all that depends on it happens after the answer (platform/mail/post.ts).
import { recordEvent } from '../../../identity/event/event.ts';
import { addresseeOf } from '../../../identity/user/addressee.ts';
import { findUserByLogin, type User } from '../../../identity/user/user.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Letter } from '../../../platform/mail/letter.ts';
import type { Post } from '../../../platform/mail/post.ts';
import { TooManyRequests } from '../../../platform/problem/problem.ts';
import type { Run } from '../../flow/run.ts';
import { admitAttempt } from '../../session/lockout.ts';
import { issueRecoveryLink } from '../recovery-link/recovery-link.ts';

interface Needs {
  readonly db: Db;
  readonly post: Post;
}

/** Mails a link to whoever has that name and a confirmed address; throws TooManyRequests for an address that asks on. */
export async function askForRecovery({ db, post }: Needs, run: Run, login: string): Promise<void> {
  const { client, requestId, now, t } = run;
  const attempt = { login, secret: 'recovery', clientAddress: client.address } as const;
  const admission = await admitAttempt(db, attempt, now);
  if (!admission.isAdmitted && admission.because === 'address') {
    const { retryAfterSeconds } = admission;
    throw new TooManyRequests(t('signin.password.tooMany', { seconds: retryAfterSeconds }), {
      retryAfterSeconds,
    });
  }
  post.sendLater(async () => {
    const user = await findUserByLogin(db, login);
    if (!admission.isAdmitted || !user || !mayRecoverByMail(user)) return undefined;
    const from = { clientAddress: client.address, requestId };
    return writeRecoveryLetter(db, user, from);
  });
}

/** An address that nobody has confirmed may be a stranger's; programs have no mailbox. */
export function mayRecoverByMail({ isActive, email, emailVerified, type }: User): boolean {
  return isActive && email !== '' && emailVerified && (type === 'internal' || type === 'external');
}

interface Asker {
  readonly clientAddress?: string | undefined;
  readonly requestId?: string | undefined;
}

/** Makes a link and the letter that carries it, and records that. */
export async function writeRecoveryLetter(db: Db, user: User, asker: Asker): Promise<Letter> {
  const path = await issueRecoveryLink(db, user.id, user.email);
  const { id: userId, username } = user;
  const context = { letter: 'recovery' };
  await recordEvent(db, {
    action: 'email_sent',
    source: 'signin.recovery',
    userId,
    username,
    context,
    ...asker,
  });
  return { kind: 'recovery', to: addresseeOf(user), path, values: { username } };
}
