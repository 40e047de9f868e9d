import { describe, expect, it } from '@jest/globals';
import type { User } from '../../../src/identity/user/user.ts';
import { claimsOf, type Person } from '../../../src/protocol/oidc/claims.ts';
import { DEFAULT_SCOPE_MAPPINGS } from '../../../src/protocol/oidc/default-scope-mappings.ts';
import { type ClaimSource, newScopeMapping } from '../../../src/protocol/oidc/scope-mapping-fields.ts';
import { subjectOf } from '../../../src/protocol/oidc/subject.ts';

const user = {
  id: 7,
  uuid: '7d3c1a36-0000-4000-8000-000000000007',
  uid: 'a'.repeat(64),
  username: 'alice',
  name: 'Alice van der Berg',
  email: 'alice@example.com',
  emailVerified: false,
  attributes: { unix: { shell: '/bin/fish' }, 'dotted.name': 1, upn: 'alice@corp' },
  updatedAt: new Date('2026-01-02T03:04:05Z'),
} as unknown as User;

const groups = [
  { id: '1', name: 'admins', isSuperuser: true, attributes: { unix: { gid: 100 }, quota: '5 GB' } },
  { id: '2', name: 'family', isSuperuser: false, attributes: { quota: '1 GB' } },
];
const person: Person = { user, groups };
const unchanged = { emailVerifiedOverride: null };

describe('Claims', () => {
  it('are those of the granted scopes, and no others', () => {
    const granted = new Set(['openid', 'email']);
    expect(claimsOf(person, DEFAULT_SCOPE_MAPPINGS, granted, unchanged)).toEqual({
      email: 'alice@example.com',
      email_verified: false,
    });
  });

  it('leave out what is not known', () => {
    const claims = claimsOf(person, DEFAULT_SCOPE_MAPPINGS, new Set(['profile']), unchanged);
    expect(claims).toEqual({
      name: 'Alice van der Berg',
      given_name: 'Alice',
      family_name: 'van der Berg',
      preferred_username: 'alice',
      nickname: 'alice',
      groups: ['admins', 'family'],
      updated_at: 1767323045,
    });
  });

  it('tell an application what its administrator says about the e-mail address', () => {
    const claims = claimsOf(person, DEFAULT_SCOPE_MAPPINGS, new Set(['email']), {
      emailVerifiedOverride: true,
    });
    expect(claims.email_verified).toBe(true);
  });

  const table = [
    { group: 'admins', value: 'consoleAdmin' },
    { group: 'family', value: 'readwrite' },
  ];
  it.each<[string, ClaimSource, unknown]>([
    ['a constant', { constant: { a: [1] } }, { a: [1] }],
    ['an attribute', { attribute: 'unix.shell' }, '/bin/fish'],
    ['an attribute with a dot in its name', { attribute: 'dotted.name' }, 1],
    ['an attribute of the first group that has it', { attribute: 'quota' }, '5 GB'],
    ['no attribute of the prototype', { attribute: 'constructor' }, undefined],
    ['the first row of a table that fits', { table }, 'consoleAdmin'],
    ['all rows that fit', { table, many: true }, ['consoleAdmin', 'readwrite']],
    ['what a table says otherwise', { table: [{ group: 'nobody', value: 1 }], otherwise: 0 }, 0],
    ['nothing where no row fits', { table: [{ group: 'nobody', value: 1 }] }, undefined],
  ])('come from %s', (_name, source, expected) => {
    const released = [{ scopeName: 'custom', claims: { value: source } }];
    expect(claimsOf(person, released, new Set(['custom']), unchanged).value).toEqual(expected);
  });
});

describe('A scope mapping', () => {
  it.each(['sub', 'iss', 'aud', 'exp', 'nonce', 'azp'])('may not set %s', (name) => {
    const mapping = { name: 'x', scopeName: 'x', claims: { [name]: { constant: 'somebody else' } } };
    expect(newScopeMapping.safeParse(mapping).success).toBe(false);
  });
});

describe('The subject', () => {
  it.each([
    ['hashed_user_id', user.uid],
    ['user_id', '7'],
    ['user_uuid', user.uuid],
    ['user_username', 'alice'],
    ['user_email', 'alice@example.com'],
    ['user_upn', 'alice@corp'],
  ] as const)('in mode %s is %s', (mode, expected) => {
    expect(subjectOf(user, mode)).toBe(expected);
  });

  it('is the hashed id where the mode names something that the user does not have', () => {
    expect(subjectOf({ ...user, attributes: {} }, 'user_upn')).toBe(user.uid);
    expect(subjectOf({ ...user, email: '' }, 'user_email')).toBe(user.uid);
  });
});
