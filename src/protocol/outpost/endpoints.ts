// The outpost's addresses: which one asks in which dialect, and which are errands of a browser (contract §2).
import { DIALECTS, type Dialect } from './dialects.ts';

export const OUTPOST_PATH = '/outpost.goauthentik.io';

/** What people come to an application's host for, besides the application. */
export type Errand = 'start' | 'callback' | 'sign_out';

const ERRANDS: Readonly<Record<string, Errand | undefined>> = {
  [`${OUTPOST_PATH}/start`]: 'start',
  [`${OUTPOST_PATH}/sign_in`]: 'start',
  [`${OUTPOST_PATH}/callback`]: 'callback',
  [`${OUTPOST_PATH}/sign_out`]: 'sign_out',
};
const CALLBACK_SIGN = /[?&]X-authentik-auth-callback=true(?:&|$)/i;
const SIGN_OUT_SIGN = /[?&]X-authentik-logout=true(?:&|$)/i;

const AUTH_PATH = `${OUTPOST_PATH}/auth/`;
const ENDPOINTS: ReadonlyMap<string, Dialect> = new Map(
  DIALECTS.map((dialect) => [AUTH_PATH + dialect.name, dialect]),
);

/** The dialect that is spoken at the address; undefined where nobody is asked. */
export function findDialect(url: string, path: string): Dialect | undefined {
  return ENDPOINTS.get(path) ?? findByPrefix(path) ?? findLegacy(url);
}

/** What Envoy has appended to its endpoint: the original path and query. */
export function restOf(url: string, { name }: Dialect): string {
  return url.slice(AUTH_PATH.length + name.length);
}

function findByPrefix(path: string): Dialect | undefined {
  return DIALECTS.find(({ isPrefix, name }) => isPrefix && path.startsWith(`${AUTH_PATH}${name}/`));
}

/** `auth?traefik`, as older configurations have it. */
function findLegacy(url: string): Dialect | undefined {
  const [path, query = ''] = url.split('?', 2);
  if (path !== `${OUTPOST_PATH}/auth`) return undefined;
  return DIALECTS.find(({ isPrefix, name }) => !isPrefix && query.split('&').includes(name));
}

/** The errand that an address names by its path, or by its query wherever it leads. */
export function errandOf(target: string): Errand | undefined {
  const end = target.indexOf('?');
  if (end === -1) return ERRANDS[target];
  if (CALLBACK_SIGN.test(target)) return 'callback';
  if (SIGN_OUT_SIGN.test(target)) return 'sign_out';
  return ERRANDS[target.slice(0, end)];
}
