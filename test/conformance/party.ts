// A relying party as the OpenID Foundation's conformance suite plays it: it drives our pages as plain HTML forms, and
// checks what it is given by two hands, jose and bare node:crypto. Static clients, as in the plans without registration.
import { createPublicKey, hash, type JsonWebKey, randomBytes, verify } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { createApplication } from '../../src/identity/application/application.ts';
import { createOAuth2Provider } from '../../src/protocol/oidc/client.ts';
import type { NewOAuth2Provider } from '../../src/protocol/oidc/client-fields.ts';
import { walk } from '../protocol/oidc/service.ts';
import type { Browser } from '../support/browser.ts';
import type { Gatelodge } from '../support/gatelodge.ts';
import type { Page } from '../support/page.ts';

export const CALLBACK = 'https://suite.test/test/a/gatelodge/callback';
export const GOODBYE = 'https://suite.test/test/a/gatelodge/post_logout_redirect';

export type Parameters = Readonly<Record<string, string | undefined>>;
type Json = Readonly<Record<string, unknown>>;

/** How the answer of the authorization endpoint comes back: in the address, or in a form that is posted. */
export type ResponseMode = 'default' | 'form_post';

export interface Tokens {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token?: string;
  readonly [name: string]: unknown;
}

export interface SignedIn {
  readonly code: string;
  readonly answer: URLSearchParams;
  readonly tokens: Tokens;
  readonly claims: Json;
}

export class Party {
  readonly #gatelodge: Gatelodge;
  readonly #slug: string;
  readonly #mode: ResponseMode;
  readonly clientId: string;
  readonly clientSecret = randomBytes(24).toString('base64url');
  metadata: Readonly<Record<string, string>> = {};

  constructor(gatelodge: Gatelodge, slug: string, mode: ResponseMode = 'default') {
    this.#gatelodge = gatelodge;
    this.#slug = slug;
    this.#mode = mode;
    this.clientId = `suite-${slug}`;
  }

  get issuer(): string {
    return `${this.#gatelodge.origin}/application/o/${this.#slug}/`;
  }

  /** Registers the static client, and reads discovery. */
  async register(provider: Partial<NewOAuth2Provider> = {}): Promise<this> {
    const { db, changes, vault } = this.#gatelodge.deps;
    const { clientId, clientSecret } = this;
    const redirectUris = [{ url: CALLBACK }, { url: GOODBYE, purpose: 'logout' as const }];
    const input = { name: this.#slug, clientId, clientSecret, redirectUris, ...provider };
    const { providerId } = await createOAuth2Provider(db, changes, vault, input);
    await createApplication(db, changes, { name: `Suite ${this.#slug}`, slug: this.#slug, providerId });
    const answer = await fetch(`${this.issuer}.well-known/openid-configuration`);
    this.metadata = (await answer.json()) as Record<string, string>;
    return this;
  }

  authorizationUrl(parameters: Parameters = {}): URL {
    const url = new URL(this.metadata.authorization_endpoint ?? '');
    url.search = String(this.authorizationRequest(parameters));
    return url;
  }

  /** An undefined parameter is left out. */
  authorizationRequest(parameters: Parameters = {}): URLSearchParams {
    const all: Parameters = {
      client_id: this.clientId,
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid',
      state: randomBytes(8).toString('hex'),
      nonce: randomBytes(8).toString('hex'),
      ...(this.#mode === 'form_post' && { response_mode: 'form_post' }),
      ...parameters,
    };
    return new URLSearchParams(Object.entries(all).filter(isGiven));
  }

  /** Follows the pages, signing in where one asks for it, to the answer; undefined when a page stands there instead. */
  async ask(browser: Browser, url: URL): Promise<URLSearchParams | undefined> {
    return this.answerOn(await walk(browser, url.href), url.searchParams);
  }

  /** The answer that a page brings to the callback; it must bear the state that was sent. */
  answerOn(page: Page, sent: URLSearchParams): URLSearchParams | undefined {
    const answer = this.#mode === 'form_post' ? postedBy(page) : redirectedBy(page);
    if (!answer) return undefined;
    if (answer.get('state') !== sent.get('state')) throw new Error('the state is not the one that was sent');
    // RFC 9207: who advertises it must send it, and rightly.
    if (this.metadata.authorization_response_iss_parameter_supported && answer.get('iss') !== this.issuer) {
      throw new Error(`iss is ${answer.get('iss')}`);
    }
    return answer;
  }

  /** Signs in from the beginning, and checks all that came. */
  async signIn(
    browser: Browser,
    parameters: Parameters = {},
    redemption: Parameters = {},
  ): Promise<SignedIn> {
    const url = this.authorizationUrl(parameters);
    const answer = await this.ask(browser, url);
    const code = answer?.get('code');
    if (!answer || !code) throw new Error(`no code, but ${answer ?? 'a page'}`);
    const { status, body, headers } = await this.redeem(code, redemption);
    if (status !== 200) throw new Error(`token endpoint: ${status} ${JSON.stringify(body)}`);
    checkTokenResponse(body, headers);
    const tokens = body as Tokens;
    const nonce = url.searchParams.get('nonce') ?? undefined;
    return { code, answer, tokens, claims: await this.checkIdToken(tokens, nonce) };
  }

  redeem(code: string, parameters: Parameters = {}) {
    return this.callToken({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...parameters });
  }

  /** By client_secret_basic, or by client_secret_post when the parameters hold the secret. */
  async callToken(parameters: Parameters): Promise<{ status: number; body: Json; headers: Headers }> {
    const body = new URLSearchParams(Object.entries(parameters).filter(isGiven));
    const basic = Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64');
    const isInBody = body.has('client_secret');
    const answer = await fetch(this.metadata.token_endpoint ?? '', {
      method: 'POST',
      body,
      headers: isInBody ? {} : { authorization: `Basic ${basic}` },
    });
    return { status: answer.status, body: (await answer.json()) as Json, headers: answer.headers };
  }

  async userinfo({ access_token: token }: Tokens, how: 'get' | 'header' | 'body' = 'get'): Promise<Json> {
    const headers = { authorization: `Bearer ${token}` };
    const request = {
      get: { headers },
      header: { method: 'POST', headers },
      body: { method: 'POST', body: new URLSearchParams({ access_token: token }) },
    }[how];
    const answer = await fetch(this.metadata.userinfo_endpoint ?? '', request);
    if (answer.status !== 200) throw new Error(`userinfo: ${answer.status}`);
    const type = answer.headers.get('content-type') ?? '';
    if (!type.startsWith('application/json')) throw new Error(`userinfo is ${type}`);
    return (await answer.json()) as Json;
  }

  /** OpenID Connect Core §3.1.3.7, by jose and by hand. */
  async checkIdToken(
    { id_token: token, access_token: access }: Tokens,
    nonce: string | undefined,
  ): Promise<Json> {
    const jwks = createRemoteJWKSet(new URL(this.metadata.jwks_uri ?? ''));
    const { payload } = await jwtVerify(token, jwks, { issuer: this.issuer, audience: this.clientId });
    const claims = await this.#checkByHand(token);
    if (JSON.stringify(claims) !== JSON.stringify(payload)) throw new Error('the two readers disagree');
    const now = Date.now() / 1000;
    const faults = [
      Number(claims.iat) > now + 5 || Number(claims.iat) < now - 300 ? 'iat' : '',
      Number(claims.exp) <= now ? 'exp' : '',
      /^[\x20-\x7e]{1,255}$/.test(String(claims.sub)) ? '' : 'sub',
      claims.nonce === nonce ? '' : 'nonce',
      claims.at_hash === undefined || claims.at_hash === leftHalf(access) ? '' : 'at_hash',
    ].filter(Boolean);
    if (faults.length > 0) throw new Error(`ID token: ${faults.join(', ')}`);
    return claims;
  }

  async #checkByHand(token: string): Promise<Json> {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const { alg, kid } = decoded(header);
    if (alg !== 'RS256') throw new Error(`signed with ${alg}`);
    const { keys } = (await (await fetch(this.metadata.jwks_uri ?? '')).json()) as { keys: JsonWebKey[] };
    const key = keys.find((each) => each.kid === kid);
    if (!key) throw new Error(`no key ${kid}`);
    const publicKey = createPublicKey({ key, format: 'jwk' });
    const isGood = verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      publicKey,
      Buffer.from(signature, 'base64url'),
    );
    if (!isGood) throw new Error('the signature is wrong');
    return decoded(payload);
  }
}

function isGiven(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}

function redirectedBy({ location }: Page): URLSearchParams | undefined {
  return location?.href.startsWith(`${CALLBACK}?`) ? location.searchParams : undefined;
}

/** OAuth 2.0 Form Post Response Mode: with scripts it posts itself, without there is a button. */
function postedBy(page: Page): URLSearchParams | undefined {
  if (!page.document.querySelector(`form[method="post" i][action="${CALLBACK}"]`)) return undefined;
  const [, script = ''] = /<script>([^<]*)<\/script>/.exec(page.body) ?? [];
  const policy = String(page.headers['content-security-policy']);
  if (!policy.includes(`'sha256-${hash('sha256', script, 'base64')}'`))
    throw new Error('its script may not run');
  if (!/<noscript>.*<button[^>]*type="submit"/s.test(page.body)) throw new Error('no button to go on');
  const answer = new URLSearchParams();
  for (const [name, value] of Object.entries(page.form().fields)) answer.set(name, String(value));
  return answer;
}

/** RFC 6749 §5.1, OpenID Connect Core §3.1.3.3. */
function checkTokenResponse(body: Json, headers: Headers): void {
  const faults = [
    /^bearer$/i.test(String(body.token_type)) ? '' : 'token_type',
    typeof body.access_token === 'string' ? '' : 'access_token',
    typeof body.id_token === 'string' ? '' : 'id_token',
    Number.isInteger(body.expires_in) ? '' : 'expires_in',
    headers.get('cache-control')?.includes('no-store') ? '' : 'Cache-Control',
    headers.get('content-type')?.startsWith('application/json') ? '' : 'Content-Type',
  ].filter(Boolean);
  if (faults.length > 0) throw new Error(`token response: ${faults.join(', ')}`);
}

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

/** §3.1.3.6. */
function leftHalf(text: string): string {
  return hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url');
}
