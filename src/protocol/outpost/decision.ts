// The verdict on a request: one pure function for all proxies. Whoever is not let in by a line of it stays out.
import { type AccessReason, decideAccess } from '../../identity/access/access.ts';
import type { Identity } from './identity-headers.ts';
import type { Original, ProxyRoute } from './routing-table.ts';

/** A live session at one application, as far as judging needs it. */
export interface OutpostSession {
  /** The SSO session that it hangs on; undefined for a program that sent its password along. */
  readonly sessionId: string | undefined;
  readonly providerId: number;
  readonly identity: Identity;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export type Verdict =
  /** This person may pass, and the application is told who it is. */
  | { readonly kind: 'allow' }
  /** Anybody may pass; the application is told nobody. */
  | { readonly kind: 'open' }
  | { readonly kind: 'signIn' }
  | { readonly kind: 'forbid'; readonly reason: AccessReason };

const ALLOW: Verdict = { kind: 'allow' };
const OPEN: Verdict = { kind: 'open' };
const SIGN_IN: Verdict = { kind: 'signIn' };

/**
 * | session             | access rules | address is open | verdict |
 * |---------------------|--------------|-----------------|---------|
 * | of this application | pass         | –               | allow   |
 * | of this application | do not pass  | yes             | open    |
 * | of this application | do not pass  | no              | forbid  |
 * | none, or another's  | –            | yes             | open    |
 * | none, or another's  | –            | no              | signIn  |
 */
export function decide(route: ProxyRoute, session: OutpostSession | undefined, original: Original): Verdict {
  if (session?.providerId !== route.providerId) return route.isOpen(original) ? OPEN : SIGN_IN;
  const { userId, groups } = session.identity;
  const access = decideAccess({ ...route, userId, groupIds: groups.map(({ id }) => id) });
  if (access.isAllowed) return ALLOW;
  return route.isOpen(original) ? OPEN : { kind: 'forbid', reason: access.reason };
}
