// The shared endpoints belong to all applications: which one a request means (contract §3).
import type { Context } from '../../platform/http/context.ts';

/** The client id that a token, revocation or introspection request names: in the form, the header, or an assertion. */
export function clientIdOf(ctx: Context, form: URLSearchParams): string | undefined {
  return (
    form.get('client_id') ??
    readBasic(ctx.get('authorization'))?.user ??
    textClaimOf(form.get('client_assertion'), 'sub') ??
    undefined
  );
}

/** The access token that a request comes with (RFC 6750 §2). */
export function accessTokenOf(ctx: Context, form: URLSearchParams): string | undefined {
  const [scheme, token] = ctx.get('authorization').split(' ');
  return (scheme?.toLowerCase() === 'bearer' ? token : form.get('access_token')) ?? undefined;
}

/** The client that an access token says it was issued to. */
export function clientIdClaimedBy(token: string | undefined): string | undefined {
  return textClaimOf(token, 'client_id');
}

/** RFC 6749 §2.3.1: user and password are form-encoded inside Basic. */
export function readBasic(header: string): { user: string; password: string } | undefined {
  const [, encoded] = /^basic ([A-Za-z0-9+/=]+)$/i.exec(header) ?? [];
  const [, user, password] = /^([^:]+):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  if (user === undefined || password === undefined) return undefined;
  return { user: formDecoded(user), password: formDecoded(password) };
}

function formDecoded(text: string): string {
  return new URLSearchParams(`text=${text.replaceAll('&', '%26')}`).get('text') ?? text;
}

/** A text claim of a JWT that nobody has verified. */
function textClaimOf(jwt: string | null | undefined, name: string): string | undefined {
  const { [name]: value } = unverifiedClaims(jwt);
  return typeof value === 'string' ? value : undefined;
}

/** The claims of a JWT that nobody has verified: good for choosing whom to ask, and for nothing else. */
export function unverifiedClaims(jwt: string | null | undefined): Readonly<Record<string, unknown>> {
  const [, payload = ''] = jwt?.split('.') ?? [];
  try {
    return Object.assign(Object.create(null), JSON.parse(Buffer.from(payload, 'base64url').toString()));
  } catch {
    return {};
  }
}
