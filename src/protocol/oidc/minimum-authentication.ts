// What a session must be like to open an application: strong enough (a second factor, asked for by our rules or by the
// client's `acr_values`) and young enough (the application's own limit, or the client's `max_age`, whichever is less).
import { lacksMfa } from '../../identity/access/mfa-demand.ts';
import type { Db } from '../../platform/database/database.ts';
import type { SignInRequirements } from '../../signin/session/sign-in-request.ts';
import { asksForMfa, hasUsedMfa } from './acr.ts';
import type { OAuth2Provider } from './client.ts';

/** Parameters of the authorization request. */
type Asked = Readonly<Record<string, unknown>>;

interface SignedIn {
  readonly userId: number;
  /** RFC 8176. */
  readonly methods: readonly string[];
}

/** Whether the methods suffice. */
export async function isStrongEnough(
  db: Db,
  { provider: { application } }: OAuth2Provider,
  session: SignedIn,
  { acr_values: acrValues }: Asked,
): Promise<boolean> {
  if (hasUsedMfa(session.methods)) return true;
  return !asksForMfa(acrValues) && !(await lacksMfa(db, session, application?.id));
}

/** How long ago the person may have proved who they are; undefined for whenever. */
function maxAgeSecondsOf(
  { provider: { application } }: OAuth2Provider,
  { max_age: maxAge }: Asked,
): number | undefined {
  const limits = [maxAge === undefined ? undefined : Number(maxAge), application?.maxSessionAgeSeconds];
  const given = limits.filter((limit) => limit != null);
  return given.length === 0 ? undefined : Math.min(...given);
}

/** The same as the sign-in flow is told it; the application's own demand for a second factor it knows by itself. */
export function proofRequired(
  client: OAuth2Provider,
  asked: Asked,
): Pick<SignInRequirements, 'maxAgeSeconds' | 'mustUseMfa'> {
  const maxAgeSeconds = maxAgeSecondsOf(client, asked);
  return {
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    ...(asksForMfa(asked.acr_values) && { mustUseMfa: true }),
  };
}

/** Whether a proof of that time (seconds since 1970) is young enough. */
export function isYoungEnough(
  client: OAuth2Provider,
  provedAtSeconds: number,
  asked: Asked,
  now: Date,
): boolean {
  const maxAge = maxAgeSecondsOf(client, asked);
  return maxAge === undefined || now.getTime() / 1000 - provedAtSeconds <= maxAge;
}
