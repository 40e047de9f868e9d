// What an Authorization header presents, as far as it could be meant for us.

export type Presented =
  | { readonly login: string; readonly password: string }
  /** An access token. */
  | { readonly token: string };

/** With this user name the password is an access token: for programs that can send nothing but Basic (authentik's). */
const TOKEN_USER = 'goauthentik.io/token';

/** Undefined for every other scheme, and for what cannot be read. */
export function readAuthorization(authorization: string): Presented | undefined {
  const [, scheme = '', value = ''] = /^(Basic|Bearer) +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { token: value };
  const [, login, password] = /^([^:]+):(.+)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
  if (login === undefined || password === undefined) return undefined;
  return login === TOKEN_USER ? { token: password } : { login, password };
}
