// The user that a client credentials request acts for, in authentik's two ways: `username` and `password` in the form, or
// base64("username:password") in place of the client secret. The password is always one of their app passwords.
import type { Issuer } from '../issuer.ts';
import { readBasic } from '../issuer-choice.ts';

export interface NamedUser {
  readonly login: string;
  readonly password: string;
  /** The request proves nothing about the client itself; the user's app password stands in for that. */
  readonly isInPlaceOfClient: boolean;
}

/** The user that the request names; undefined when the client acts as itself. */
export async function namedUser(
  { registration, client }: Issuer,
  form: URLSearchParams,
  authorization: string,
): Promise<NamedUser | undefined> {
  const secret = form.get('client_secret') ?? readBasic(authorization)?.password;
  const login = form.get('username');
  if (login) {
    const isInPlaceOfClient = secret === undefined && !form.has('client_assertion');
    return { login, password: form.get('password') ?? '', isInPlaceOfClient };
  }
  if (secret === undefined || client.clientType === 'public') return undefined;
  if (registration.clientSecret === undefined || (await registration.compareClientSecret(secret))) {
    return undefined;
  }
  const named = decode(secret);
  return named && { ...named, isInPlaceOfClient: true };
}

function decode(secret: string): { login: string; password: string } | undefined {
  // Form encoding has made spaces of the plus signs that base64 may contain.
  const text = Buffer.from(secret.replaceAll(' ', '+'), 'base64').toString();
  const [, login, password] = /^([^:\p{Cc}]+):([^\p{Cc}]+)$/u.exec(text) ?? [];
  return login === undefined || password === undefined ? undefined : { login, password };
}
