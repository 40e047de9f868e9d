// App passwords: what a program presents in its owner's name where it cannot sign in. Guessing is slowed down like that of
// a password, in the same counts, because what is guessed at is the same account.
import { verifyToken } from '../../identity/token/token-key.ts';
import type { User } from '../../identity/user/user.ts';
import { nameKey } from '../../identity/user/user-fields.ts';
import type { Db } from '../../platform/database/database.ts';
import { admitAttempt, forgiveAttempt } from './lockout.ts';

export interface AppPasswordAttempt {
  readonly login: string;
  readonly password: string;
  readonly clientAddress: string;
}

/** Wrong, unknown and blocked accounts look alike; only a blocked address is told how long. */
export type AppPasswordVerdict =
  | { readonly ok: true; readonly user: User }
  | { readonly ok: false; readonly retryAfterSeconds: number | undefined };

/** Whose app password this is, if it is that user's, and they are active. */
export async function verifyAppPassword(
  db: Db,
  { login, password, clientAddress }: AppPasswordAttempt,
  now = new Date(),
): Promise<AppPasswordVerdict> {
  const attempt = { login, clientAddress };
  const admission = await admitAttempt(db, attempt, now);
  if (!admission.isAdmitted) {
    const isAddress = admission.because === 'address';
    return { ok: false, retryAfterSeconds: isAddress ? admission.retryAfterSeconds : undefined };
  }
  const user = await verifyToken(db, password, 'app_password', now);
  if (!user || nameKey(user.username) !== nameKey(login)) return { ok: false, retryAfterSeconds: undefined };
  await forgiveAttempt(db, attempt);
  return { ok: true, user };
}
