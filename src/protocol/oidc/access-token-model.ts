// Access tokens are JWTs (RFC 9068) that are stored as well. oidc-provider knows only one or the other: its JWTs are not
// stored, so they cannot be revoked, introspected or used at userinfo. Here the digest of the JWT is the token's id: it is
// found by exactly the text that was issued, whatever a signature says.
import type Provider from 'oidc-provider';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import { randomToken } from '../../platform/crypto/random.ts';
import { signWith } from './signing-algorithm.ts';
import type { SigningKey } from './signing-key.ts';

interface Options {
  /** Signs; it is of the provider's algorithm. */
  readonly key: SigningKey;
}

/** Claims of an access token beside those that every one has. */
export type ExtraClaims = (token: InstanceType<Provider['AccessToken']>) => Promise<Record<string, unknown>>;

/** Makes the provider issue JWTs as access tokens; `extraClaims` is asked for each. */
export function useJwtAccessTokens(provider: Provider, { key }: Options, extraClaims: ExtraClaims): void {
  // The name is oidc-provider's, which keys models by it.
  class AccessToken extends provider.AccessToken {
    override async save(): Promise<string> {
      this.iat = Math.floor(Date.now() / 1000);
      this.exp = this.iat + this.expiration;
      this.extra = await extraClaims(this);
      const claims = {
        ...this.extra,
        iss: provider.issuer,
        aud: this.clientId,
        exp: this.exp,
        iat: this.iat,
        jti: randomToken(),
        client_id: this.clientId,
        azp: this.clientId,
        scope: this.scope,
        sid: this.sid,
      };
      // To oidc-provider it is an opaque token, of the kind that is stored.
      Object.assign(this, { format: 'opaque' });
      const text = signJwt(key, { typ: 'at+jwt' }, claims);
      this.jti = sha256Hex(text);
      await super.save();
      return text;
    }
  }
  Object.defineProperty(provider, 'AccessToken', { value: AccessToken });
}

/**
 * What an access token is stored under; an id, which has no dots, is left as it is. What a key has signed that is not
 * published any more is found under nothing (key/retirement.ts).
 */
export function accessTokenId(text: string, keys: readonly Pick<SigningKey, 'id'>[]): string {
  if (!text.includes('.')) return text;
  const kid = kidOf(text);
  return keys.some(({ id }) => id === kid) ? sha256Hex(text) : 'of-no-published-key';
}

function kidOf(jwt: string): unknown {
  try {
    return JSON.parse(Buffer.from(jwt.slice(0, jwt.indexOf('.')), 'base64url').toString()).kid;
  } catch {
    return undefined;
  }
}

/** A compact JWS (RFC 7515 §7.1). */
export function signJwt({ id, algorithm, privateKey }: SigningKey, header: object, claims: object): string {
  const parts = [{ alg: algorithm, kid: id, ...header }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const input = parts.join('.');
  return `${input}.${signWith(algorithm, privateKey, Buffer.from(input)).toString('base64url')}`;
}
