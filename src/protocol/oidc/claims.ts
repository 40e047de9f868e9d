// Works out the claims of granted scopes for one person: mappings in the order of their scopes, later ones winning.
// `groups` are effective groups, the same that access rules count, so that a service and its gate cannot disagree.
import type { EffectiveGroup } from '../../identity/group/membership.ts';
import type { User } from '../../identity/user/user.ts';
import type { ClaimSource, ClaimsDeclaration, UserFact } from './scope-mapping-fields.ts';

export interface Person {
  readonly user: User;
  readonly groups: readonly EffectiveGroup[];
}

export interface ReleasedScope {
  readonly scopeName: string;
  readonly claims: ClaimsDeclaration;
}

export interface ClaimsOptions {
  /** Null: the user's own fact; otherwise what this application is told. */
  readonly emailVerifiedOverride: boolean | null;
  /** What the expressions among the sources came to for this person (computed-claims.ts). */
  readonly computed?: ReadonlyMap<ClaimSource, unknown>;
}

export type Claims = Record<string, unknown>;

/** The claims of those scopes that have been granted. */
export function claimsOf(
  person: Person,
  released: readonly ReleasedScope[],
  granted: ReadonlySet<string>,
  { emailVerifiedOverride, computed }: ClaimsOptions,
): Claims {
  const claims: Claims = {};
  for (const scope of released.filter(({ scopeName }) => granted.has(scopeName))) {
    for (const [name, source] of Object.entries(scope.claims)) {
      const value = sourceValue(source, person, computed);
      if (value !== undefined && value !== null && value !== '') claims[name] = value;
    }
  }
  if ('email_verified' in claims && emailVerifiedOverride !== null)
    claims.email_verified = emailVerifiedOverride;
  return claims;
}

/** Every claim that may come with a scope, for discovery. */
export function claimNamesByScope(released: readonly ReleasedScope[]): Record<string, string[]> {
  const names: Record<string, string[]> = {};
  for (const { scopeName, claims } of released) {
    names[scopeName] = [...(names[scopeName] ?? []), ...Object.keys(claims)];
  }
  return names;
}

/** Everything that is known of a person, by name. */
export function factsOf(person: Person): Record<UserFact, unknown> {
  const facts = Object.entries(FACTS).map(([name, fact]) => [name, fact(person) ?? null]);
  return Object.fromEntries(facts) as Record<UserFact, unknown>;
}

function sourceValue(source: ClaimSource, person: Person, computed: ClaimsOptions['computed']): unknown {
  if ('expression' in source) return computed?.get(source);
  if ('constant' in source) return source.constant;
  if ('user' in source) return FACTS[source.user](person);
  if ('attribute' in source) return attributeOf(person, source.attribute);
  return tableValueOf(source, person);
}

const FACTS: Readonly<Record<UserFact, (person: Person) => unknown>> = {
  username: ({ user }) => user.username,
  name: ({ user }) => user.name,
  given_name: (person) => attributeOf(person, 'given_name') ?? nameParts(person.user.name).given,
  family_name: (person) => attributeOf(person, 'family_name') ?? nameParts(person.user.name).family,
  email: ({ user }) => user.email,
  email_verified: ({ user }) => (user.email === '' ? undefined : user.emailVerified),
  groups: ({ groups }) => groups.map(({ name }) => name),
  entitlements: () => [],
  picture: (person) => attributeOf(person, 'avatar') ?? attributeOf(person, 'picture'),
  locale: (person) => attributeOf(person, 'settings.locale') ?? attributeOf(person, 'locale'),
  zoneinfo: (person) => attributeOf(person, 'zoneinfo'),
  updated_at: ({ user }) => Math.floor(user.updatedAt.getTime() / 1000),
  uid: ({ user }) => user.uid,
  uuid: ({ user }) => user.uuid,
  id: ({ user }) => user.id,
};

/** The user's own attribute, or else the first group's (by name) that has it. */
function attributeOf({ user, groups }: Person, path: string): unknown {
  for (const attributes of [user.attributes, ...groups.map((group) => group.attributes)]) {
    const value = at(attributes, path);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The value at a path; a name that has dots in it is found as a whole. */
function at(attributes: unknown, path: string): unknown {
  if (isRecord(attributes) && Object.hasOwn(attributes, path)) return attributes[path];
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined),
      attributes,
    );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tableValueOf(source: Extract<ClaimSource, { table: unknown }>, { groups }: Person): unknown {
  const names = new Set(groups.map(({ name }) => name));
  const rows = source.table.filter(({ group }) => names.has(group));
  if (rows.length === 0) return source.otherwise;
  return source.many ? rows.map(({ value }) => value) : rows[0]?.value;
}

/** A guess for those who have not said: the first word is the given name. */
function nameParts(name: string): { given: string; family: string | undefined } {
  const [given = '', ...family] = name.trim().split(/\s+/);
  return { given, family: family.length > 0 ? family.join(' ') : undefined };
}
