// The headers that tell an application who is asking: authentik's names, always all of them, empty when unknown (Caddy
// lets a client's own header through where ours is missing). They are made once for each session and application, as a
// flat array.
import type { BasicInjection, ProxyRoute } from './routing-table.ts';

/** What an application may be told of a person. */
export interface Identity {
  readonly userId: number;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly uid: string;
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  /** Of all groups and the user, merged. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** A JWT for this application, empty when there is none. */
  readonly token: string;
}

/** What applications may be told of us. */
export interface Installation {
  readonly version: string;
  /** Where the keys are that an application's JWTs are checked with. */
  readonly jwksUrl: (slug: string) => string;
}

type Teller = (identity: Identity, route: ProxyRoute, installation: Installation) => string;

const groupNames = ({ groups }: Identity) => groups.map(({ name }) => name);

// biome-ignore format: a table
const IDENTITY: readonly (readonly [name: string, value: Teller])[] = [
  ['X-authentik-username',      ({ username }) => username],
  ['X-authentik-groups',        (identity) => groupNames(identity).join('|')],
  ['X-authentik-entitlements',  () => ''],
  ['X-authentik-email',         ({ email }) => email],
  ['X-authentik-name',          ({ name }) => name],
  ['X-authentik-uid',           ({ uid }) => uid],
  ['X-authentik-jwt',           ({ token }) => token],
  ['X-authentik-meta-jwks',     (_, { slug }, { jwksUrl }) => jwksUrl(slug)],
  ['X-authentik-meta-outpost',  () => 'authentik Embedded Outpost'],
  ['X-authentik-meta-provider', (_, { providerName }) => providerName],
  ['X-authentik-meta-app',      (_, { slug }) => slug],
  ['X-authentik-meta-version',  (_, __, { version }) => version],
];

/** The names that Authelia made common; its groups are joined by commas. */
// biome-ignore format: a table
const REMOTE: readonly (readonly [name: string, value: Teller])[] = [
  ['Remote-User',   ({ username }) => username],
  ['Remote-Groups', (identity) => groupNames(identity).join(',')],
  ['Remote-Email',  ({ email }) => email],
  ['Remote-Name',   ({ name }) => name],
];

/** All headers for this person at this application. */
export function identityHeaders(identity: Identity, route: ProxyRoute, installation: Installation): string[] {
  return [
    ...namesOf(route).flatMap(([name, value]) => [name, headerValue(value(identity, route, installation))]),
    ...basicAuthorization(identity, route.basicInjection),
    ...additionalHeaders(identity, route.additionalNames),
  ];
}

/** The same names without values, for a request that nobody is known for. */
export function anonymousHeaders(route: Naming, givesCredentials: boolean): string[] {
  const names = givesCredentials ? [...headerNames(route), 'Authorization'] : headerNames(route);
  return names.flatMap((name) => [name, '']);
}

/** The names of the headers that an application is always sent, beside `Authorization`. */
export function headerNames(route: Naming): string[] {
  return [...namesOf(route).map(([name]) => name), ...route.additionalNames];
}

type Naming = Pick<ProxyRoute, 'sendsRemoteHeaders' | 'additionalNames'>;

/** One line of printable text as the bytes of its UTF-8 form, one character a byte, as node:http sends it. */
export function headerValue(text: string): string {
  if (PRINTABLE.test(text)) return shared(text.trim());
  return shared(Buffer.from(text.replaceAll(/\p{Cc}+/gu, ' ').trim(), 'utf8').toString('latin1'));
}

const PRINTABLE = /^[ -~]*$/;
const LONGEST_SHARED = 128;
const MOST_SHARED = 50_000;
const texts = new Map<string, string>();

/**
 * The same text, once in memory: applications are told much the same in thousands of sessions, and what requests touch
 * should fit into the processor's cache. Long ones are tokens, which are nobody else's.
 */
function shared(text: string): string {
  if (text.length > LONGEST_SHARED) return text;
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= MOST_SHARED) texts.clear();
  texts.set(text, text);
  return text;
}

function namesOf({ sendsRemoteHeaders }: Pick<ProxyRoute, 'sendsRemoteHeaders'>) {
  return sendsRemoteHeaders ? [...IDENTITY, ...REMOTE] : IDENTITY;
}

/**
 * `Authorization` for applications that want a password; empty for people who have none there, because proxies would
 * hand on the client's own if it were missing.
 */
function basicAuthorization({ attributes, email }: Identity, injection: BasicInjection | undefined) {
  if (!injection) return [];
  const password = attributes[injection.passwordAttribute];
  if (typeof password !== 'string' || password === '') return ['Authorization', ''];
  const user = attributes[injection.userAttribute];
  const login = typeof user === 'string' && user !== '' ? user : email;
  return ['Authorization', `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`];
}

const NAME = /^[a-z][a-z\d-]{0,99}$/i;
/** What would change the request or the answer itself, or what only we or the proxy may say. */
const RESERVED =
  /^(?:x-authentik-|x-gatelodge-|remote-|content-|x-forwarded-|proxy-|sec-|set-cookie|(?:forwarded|x-real-ip|host|cookie|expect|transfer-encoding|connection|keep-alive|te|trailer|upgrade|date|location|www-authenticate|authorization)$)/i;

/** Whether a person or a group may be given a header of that name. */
export function isAdditionalName(name: string): boolean {
  return NAME.test(name) && !RESERVED.test(name);
}

/** What the attribute `additionalHeaders` of the user and their groups says: all known names, and no others. */
function additionalHeaders({ attributes }: Identity, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const { additionalHeaders: given } = attributes;
  const values = new Map(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return names.flatMap((name) => [name, additionalValue(values.get(name.toLowerCase()))]);
}

function additionalValue(value: unknown): string {
  return ['string', 'number', 'boolean'].includes(typeof value) ? headerValue(String(value)) : '';
}
