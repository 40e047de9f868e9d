// The device authorization endpoint (RFC 8628 §3.1): a code for a device that has no browser.
import type { Db } from '../../../platform/database/database.ts';
import type { Context } from '../../../platform/http/context.ts';
import type { Answer } from '../../../platform/http/route.ts';
import { admitRequest } from '../../../signin/session/lockout.ts';
import { findCaller, pass, refuse } from '../caller.ts';
import { ENDPOINTS } from '../configuration.ts';
import type { Issuers } from '../issuers.ts';

interface Needs {
  readonly db: Db;
  readonly issuers: Issuers;
}

/** Anybody may ask in a public client's name, and each answer is stored, so asking is limited. */
export async function answerDevice({ db, issuers }: Needs, ctx: Context): Promise<Answer> {
  const found = await findCaller(issuers, ctx);
  if ('refusal' in found) return found.refusal;
  const { issuer, form } = found;
  const retryAfterSeconds = await admitRequest(db, 'device', ctx.state.clientAddress);
  if (retryAfterSeconds !== undefined) {
    ctx.set('Retry-After', String(retryAfterSeconds));
    return refuse(ctx, 429, 'slow_down', 'too many devices have asked from this address');
  }
  if (!form.get('scope')) form.set('scope', 'openid');
  return pass(ctx, issuer, { url: `${ENDPOINTS}/device/`, form });
}
