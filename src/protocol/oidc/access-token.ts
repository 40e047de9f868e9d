// Access tokens as those see them who guard something else with them than our own endpoints: the outpost.
import type Provider from 'oidc-provider';
import type { OAuth2Provider } from './client.ts';
import type { Standing } from './standing.ts';

export interface LiveAccessToken {
  readonly clientId: string;
  readonly userId: number;
  /** The single-sign-on session that it came of, if it came of one. */
  readonly sessionId: string | undefined;
  readonly expiresAt: Date;
}

interface Issuing {
  readonly provider: Provider;
  readonly client: OAuth2Provider;
}

/**
 * The token, if exactly that text was issued to the client and counts now: neither revoked nor expired, its session not
 * ended, its person active and still allowed to open the application.
 */
export async function findLiveAccessToken(
  { provider, client }: Issuing,
  standing: Standing,
  text: string,
): Promise<LiveAccessToken | undefined> {
  const token = await provider.AccessToken.find(text);
  if (!token || token.isExpired || token.clientId !== client.clientId || token.exp === undefined)
    return undefined;
  const person = await standing.findPerson(Number(token.accountId));
  const { application } = client.provider;
  if (!person || !application || !(await standing.mayOpen(person, application))) return undefined;
  const sessionId = token.gty === 'authorization_code' ? token.sessionUid : undefined;
  const { clientId } = client;
  return { clientId, userId: person.user.id, sessionId, expiresAt: new Date(token.exp * 1000) };
}
