// The shared endpoints belong to all applications: which one a request means (contract §3).
import type { Context } from '../../platform/http/context.ts';

/** The client id that a token, revocation or introspection request names: in the form, the header, or an assertion. */
export function clientIdOf(ctx: Context, form: URLSearchParams): string | undefined {
  return (
    form.get('client_id') ??
    readBasic(ctx.get('authorization'))?.user ??
    claimOf(form.get('client_assertion'), 'sub') ??
    undefined
  );
}

/** The client that an access token was issued to, as the token itself says; oidc-provider then finds the token or not. */
export function clientIdOfToken(ctx: Context, form: URLSearchParams): string | undefined {
  const [scheme, token] = ctx.get('authorization').split(' ');
  const bearer = scheme?.toLowerCase() === 'bearer' ? token : undefined;
  return claimOf(bearer ?? form.get('access_token'), 'client_id');
}

/** The same of a token by itself. */
export function clientIdClaimedBy(token: string): string | undefined {
  return claimOf(token, 'client_id');
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

/** A text claim of a JWT that nobody has verified: good for choosing whom to ask, and for nothing else. */
function claimOf(jwt: string | null | undefined, name: string): string | undefined {
  const [, payload = ''] = jwt?.split('.') ?? [];
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const value = Object.entries(claims ?? {}).find(([key]) => key === name)?.[1];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
