// RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): who asks, may they end the session without a question,
// and where does the browser go afterwards.
import type { Issuer } from '../issuer.ts';
import { isRegistered } from '../redirect-uri.ts';
import { sidOf } from '../session-model.ts';

export interface LogoutRequest {
  readonly client_id?: string | undefined;
  readonly id_token_hint?: string | undefined;
  readonly post_logout_redirect_uri?: string | undefined;
  readonly state?: string | undefined;
}

/** What the hint says: nothing, the session that is meant, or that the request is wrong, which never leads back (§4). */
export type Hint =
  | { readonly kind: 'absent' | 'wrong' }
  | { readonly kind: 'session'; readonly sid: unknown };

/** The hint must be an ID token of this client; an expired one is as good (§4). */
export async function readHint(
  { provider, registration, client }: Issuer,
  { client_id: clientId, id_token_hint: hint }: LogoutRequest,
): Promise<Hint> {
  if (clientId !== undefined && clientId !== client.clientId) return { kind: 'wrong' };
  if (hint === undefined) return { kind: 'absent' };
  try {
    const { payload } = await provider.IdToken.validate(hint, registration);
    return { kind: 'session', sid: payload.sid };
  } catch {
    return { kind: 'wrong' };
  }
}

/** Whether the hint is for this very session. */
export function isHintOfSession(hint: Hint, { client }: Issuer, sessionId: string): boolean {
  return hint.kind === 'session' && hint.sid === sidOf(sessionId, client.clientId);
}

/** Where to go afterwards, with the client's state; undefined when nothing was asked for, or it is not registered. */
export function postLogoutTarget(issuer: Issuer, request: LogoutRequest): string | undefined {
  const { post_logout_redirect_uri: sent, state } = request;
  if (sent === undefined || !mayReturnTo(issuer, sent)) return undefined;
  const target = URL.parse(sent);
  if (target && state !== undefined) target.searchParams.set('state', state);
  return target?.href;
}

/**
 * Registered for logout and exactly that; for a client that has registered none, any page of an origin that it signs in
 * at, because what was set up for authentik never had to register any.
 */
function mayReturnTo({ client }: Issuer, sent: string): boolean {
  const forLogout = client.redirectUris.filter(({ purpose }) => purpose === 'logout');
  const registered = forLogout.map(({ url, matchingMode }) => ({
    url,
    matchingMode: matchingMode === 'regex' ? ('regex' as const) : ('strict' as const),
  }));
  if (registered.length > 0)
    return isRegistered(registered, sent, { isNative: client.clientType === 'public' });

  const origin = URL.parse(sent)?.origin ?? 'null';
  const isWebOrigin = origin !== 'null';
  const strict = client.redirectUris.filter(({ matchingMode }) => matchingMode === 'strict');
  return isWebOrigin && strict.some(({ url }) => URL.parse(url)?.origin === origin);
}
