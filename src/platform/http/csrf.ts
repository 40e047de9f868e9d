// Against forms and scripts of other sites: the browser's own word about where a request comes from, and a signed
// double-submit token (OWASP CSRF Cheat Sheet) bound to the session, so that a planted cookie of another session fails.
// Cookie and header have authentik's names: its API clients send them.
import { createHmac, randomBytes } from 'node:crypto';
import { timingSafeEqualText } from '../crypto/digest.ts';
import { Forbidden } from '../problem/problem.ts';
import type { Context } from './context.ts';

export const CSRF_FIELD = '_csrf';
const COOKIE = 'authentik_csrf';
const HEADER = 'X-authentik-CSRF';

/** A form of our own, by the browser's word, that was served before the session or the cookie changed. */
export class StaleForm extends Forbidden {}

export class Csrf {
  readonly #key: Buffer;

  /** `key` is `vault.subkey('csrf')`. */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** The token for the forms of this answer; sets the cookie when the browser has none that fits its session. */
  token(ctx: Context): string {
    const kept = ctx.cookies.get(COOKIE);
    if (kept !== undefined && this.#isOurs(ctx, kept)) return kept;
    const nonce = randomBytes(16).toString('base64url');
    const token = `${nonce}.${this.#sign(ctx, nonce)}`;
    // Scripts of our own origin may read it: they send it back as a header.
    ctx.cookies.set(COOKIE, token, { httpOnly: false, sameSite: 'lax', overwrite: true });
    return token;
  }

  /**
   * Throws Forbidden (`csrf`) unless the request comes from our own pages; `given` is the form's token. It is a
   * StaleForm when the browser vouches for the origin and only the token does not fit.
   */
  verify(ctx: Context, given: unknown): void {
    const isVouchedFor = verifyOrigin(ctx);
    const kept = ctx.cookies.get(COOKIE);
    const sent = ctx.get(HEADER) || (typeof given === 'string' ? given : '');
    const isGenuine = kept !== undefined && timingSafeEqualText(sent, kept) && this.#isOurs(ctx, kept);
    if (isGenuine) return;
    const Refusal = isVouchedFor ? StaleForm : Forbidden;
    throw new Refusal(ctx.state.t('problem.csrf.stale'), { code: 'csrf' });
  }

  #isOurs(ctx: Context, token: string): boolean {
    const [nonce = '', signature = ''] = token.split('.');
    return timingSafeEqualText(signature, this.#sign(ctx, nonce));
  }

  #sign(ctx: Context, nonce: string): string {
    const session = ctx.state.viewer?.sessionId ?? 'anonymous';
    return createHmac('sha256', this.#key).update(`${session}\n${nonce}`).digest('base64url');
  }
}

/**
 * The browser's own verdict first (Fetch Metadata; sent on https and localhost), else Origin. It survives a proxy that
 * hides https from us. Neither header (HtmlUnit, curl): the token decides alone, and false says so.
 */
function verifyOrigin(ctx: Context): boolean {
  const site = ctx.get('Sec-Fetch-Site');
  const origin = ctx.get('Origin');
  if (site === 'same-origin' || (site === '' && origin === ctx.state.origin)) return true;
  if (site === 'none' || (site === '' && origin === '')) return false;
  const values = { origin: origin || site, expected: ctx.state.origin };
  throw new Forbidden(ctx.state.t('problem.csrf.origin', values), { code: 'csrf' });
}
