// The JWT of the X-authentik-jwt header: who is asking, signed for one application, checkable with the keys at
// X-authentik-meta-jwks. Made with a session, not with a request; made anew only when what it says is no longer true.
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';
import { ENDPOINTS } from '../../oidc/configuration.ts';
import { signWith } from '../../oidc/signing-algorithm.ts';
import { publishedKeys, type SigningKey } from '../../oidc/signing-key.ts';
import type { ProxyRoute } from '../routing-table.ts';
import type { Person } from './identity.ts';

interface Needs {
  readonly db: Db;
  readonly vault: Vault;
  /** Origin of our own pages, for the issuer. */
  readonly origin: string;
}

interface Keys {
  readonly signing: SigningKey;
  /** Of all that are published. */
  readonly ids: ReadonlySet<unknown>;
}

/** A key begins to sign, and ceases to be published, at a time that was set long before: nobody tells of it then. */
const KEYS_SECONDS = 60;

export class IdentityTokens {
  readonly #needs: Needs;
  #keys: { readonly read: Promise<Keys>; readonly at: number } | undefined;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** A token that is good until the session ends. */
  async issue(person: Person, route: ProxyRoute, expiresAt: Date, now = new Date()): Promise<string> {
    const { id, algorithm, privateKey } = (await this.#publishedKeys(now)).signing;
    const claims = {
      ...this.#claims(person, route),
      iat: Math.floor(now.getTime() / 1000),
      exp: Math.floor(expiresAt.getTime() / 1000),
    };
    const content = `${encoded({ alg: algorithm, kid: id, typ: 'JWT' })}.${encoded(claims)}`;
    const signature = signWith(algorithm, privateKey, Buffer.from(content));
    return `${content}.${signature.toString('base64url')}`;
  }

  /** Whether a token of ours still says what is true of the person, and can be checked. */
  async isCurrent(token: string, person: Person, route: ProxyRoute, now = new Date()): Promise<boolean> {
    const [header = '', payload = ''] = token.split('.');
    if (!(await this.#publishedKeys(now)).ids.has(decoded(header).kid)) return false;
    const { iat: _iat, exp: _exp, ...claims } = decoded(payload);
    return JSON.stringify(claims) === JSON.stringify(this.#claims(person, route));
  }

  /** From now on the keys are read anew: another one may sign. */
  forgetKeys(): void {
    this.#keys = undefined;
  }

  /** Those of authentik's profile, email and entitlements scopes, which are what its proxy providers are told. */
  #claims({ uid, username, name, email, emailVerified, groups }: Person, { slug, clientId }: ProxyRoute) {
    return {
      iss: `${this.#needs.origin}${ENDPOINTS}/${slug}/`,
      ...{ aud: clientId, azp: clientId, sub: uid },
      ...{ preferred_username: username, nickname: username, name, given_name: name },
      ...{ email, email_verified: emailVerified },
      groups: groups.map((group) => group.name),
      ...{ entitlements: [], roles: [] },
    };
  }

  #publishedKeys(now: Date): Promise<Keys> {
    const at = now.getTime();
    const known = this.#keys;
    if (known && Math.abs(at - known.at) < KEYS_SECONDS * 1000) return known.read;
    const read = this.#readKeys(now).catch((error) => {
      this.forgetKeys();
      throw error;
    });
    this.#keys = { read, at };
    return read;
  }

  async #readKeys(now: Date): Promise<Keys> {
    const { db, vault } = this.#needs;
    const keys = await publishedKeys(db, vault, now);
    const signing = keys.find(({ algorithm }) => algorithm === 'RS256') ?? keys[0];
    if (!signing) throw new Error('there is no signing key');
    return { signing, ids: new Set(keys.map(({ id }) => id)) };
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decoded(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return {};
  }
}
