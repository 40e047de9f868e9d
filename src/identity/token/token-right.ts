// What people who are not administrators may do with tokens: make and see their own, for a limited time, and nothing
// that would make a token somebody else's (CVE-2024-37905).
import type { TokenIntent } from '../../platform/database/generated/enums.ts';
import type { Viewer } from '../../platform/http/context.ts';
import { InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import type { Token } from './token.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** API tokens are for a script that runs now; app passwords stay in a mail program. */
const LONGEST_LIFE_DAYS: Partial<Record<TokenIntent, number>> = { api: 1, app_password: 360 };

export interface TokenWish {
  readonly userId?: number | undefined;
  readonly intent?: TokenIntent | undefined;
  /** Null: never; undefined: as usual. */
  readonly expiresAt?: Date | null | undefined;
}

/** Throws NotFound unless the token is the viewer's, or the viewer administers. */
export function refuseUnlessOwn(token: Token, viewer: Viewer): void {
  if (!viewer.isAdministrator && token.userId !== viewer.userId)
    throw new NotFound('There is no such token.');
}

/** For how many days at most the viewer may have a token of that kind. */
export function longestLifeDays(intent: TokenIntent, viewer: Viewer): number {
  return viewer.isAdministrator ? Number.POSITIVE_INFINITY : (LONGEST_LIFE_DAYS[intent] ?? 0);
}

/** Throws InvalidInput if the viewer may not have a token like this. */
export function refuseExcess(wish: TokenWish, viewer: Viewer, now = new Date()): void {
  if (viewer.isAdministrator) return;
  if (wish.userId !== undefined && wish.userId !== viewer.userId) {
    throw new InvalidInput({ user: ['Only administrators make tokens for others.'] });
  }
  const days = LONGEST_LIFE_DAYS[wish.intent ?? 'api'];
  if (days === undefined)
    throw new InvalidInput({ intent: ['Only administrators make tokens of this kind.'] });
  if (wish.expiresAt === undefined) return;
  const latest = now.getTime() + days * DAY_MS;
  if (wish.expiresAt === null || wish.expiresAt.getTime() > latest) {
    throw new InvalidInput({ expires: [`Your tokens of this kind live ${days} day(s) at most.`] });
  }
}
