// Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): what a client is told when a session has ended.
import { randomToken } from '../../../platform/crypto/random.ts';
import { signJwt } from '../access-token-model.ts';
import { sidOf } from '../session-model.ts';
import type { SigningKey } from '../signing-key.ts';
import type { SignedInClient } from './logout-notice.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** §4: at most two minutes. */
const LIFETIME_SECONDS = 120;

/** A signed token that ends one session at one client; `key` is of the algorithm of the client's ID tokens. */
export function logoutToken(
  { sessionId, issuer, subject }: SignedInClient,
  clientId: string,
  key: SigningKey,
  now = new Date(),
): string {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const claims = {
    iss: issuer,
    sub: subject,
    aud: clientId,
    iat: issuedAt,
    exp: issuedAt + LIFETIME_SECONDS,
    jti: randomToken(),
    sid: sidOf(sessionId, clientId),
    events: { [EVENT]: {} },
  };
  return signJwt(key, { typ: 'logout+jwt' }, claims);
}
