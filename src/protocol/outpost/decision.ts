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
  readonly proof: Proof;
  /** Where expressions send this person's requests, in proxy mode; undefined where there are none. */
  readonly override?: Override | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Undefined parts are as for everybody; `faulty`: an expression failed, and there is nowhere to go. */
export type Override = { readonly backend: string | undefined; readonly host: string | undefined } | 'faulty';

/** How well somebody has proved who they are. */
export interface Proof {
  /** By two factors. */
  readonly isStrong: boolean;
  /** Whether the rules about people demand that, whatever is opened. */
  readonly mustBeStrong: boolean;
  /** Milliseconds since the epoch; zero for what was never proved by a person. */
  readonly provedAt: number;
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
 * | session             | access rules | proof  | address is open | verdict |
 * |---------------------|--------------|--------|-----------------|---------|
 * | of this application | pass         | enough | –               | allow   |
 * | of this application | pass         | lacks  | yes             | open    |
 * | of this application | pass         | lacks  | no              | signIn  |
 * | of this application | do not pass  | –      | yes             | open    |
 * | of this application | do not pass  | –      | no              | forbid  |
 * | none, or another's  | –            | –      | yes             | open    |
 * | none, or another's  | –            | –      | no              | signIn  |
 *
 * Whoever may not open it hears so before they are asked to prove more.
 */
export function decide(
  route: ProxyRoute,
  session: OutpostSession | undefined,
  original: Original,
  now = Date.now(),
): Verdict {
  if (session?.providerId !== route.providerId) return route.isOpen(original) ? OPEN : SIGN_IN;
  const { userId, groups } = session.identity;
  const access = decideAccess({ ...route, userId, groupIds: groups.map(({ id }) => id) });
  if (access.isAllowed && isProofEnough(route, session.proof, now)) return ALLOW;
  if (route.isOpen(original)) return OPEN;
  return access.isAllowed ? SIGN_IN : { kind: 'forbid', reason: access.reason };
}

/** Whether the application, and the rules about people, ask for no more than was proved. */
export function isProofEnough(
  route: Pick<ProxyRoute, 'mustUseMfa' | 'maxSessionAgeSeconds'>,
  proof: Proof,
  now: number,
): boolean {
  const isStrongEnough = proof.isStrong || !(route.mustUseMfa || proof.mustBeStrong);
  return isStrongEnough && now < youngUntil(route, proof);
}

/** When a proof will have become too old for the application, in milliseconds since the epoch. */
export function youngUntil(
  { maxSessionAgeSeconds }: Pick<ProxyRoute, 'maxSessionAgeSeconds'>,
  { provedAt }: Proof,
): number {
  return maxSessionAgeSeconds === undefined
    ? Number.POSITIVE_INFINITY
    : provedAt + maxSessionAgeSeconds * 1000;
}
