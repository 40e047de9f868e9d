import { afterAll, describe, expect, it } from '@jest/globals';
import { claimsDeclaredBy, expressionOf } from '../../../src/protocol/oidc/scope-mapping-expression.ts';
import { type ClaimSource, newScopeMapping } from '../../../src/protocol/oidc/scope-mapping-fields.ts';
import { Sandbox } from '../../../src/protocol/provider/expression/sandbox.ts';

const sandbox = new Sandbox();
afterAll(() => sandbox.close());

const variables = {
  user: { username: 'alice', attributes: { quota: '5 GB' } },
  groups: ['admins', 'family'],
};
const table = [
  { group: 'admins', value: 'consoleAdmin' },
  { group: 'family', value: 'readwrite' },
];

describe('A scope mapping as one expression', () => {
  it('is one claim for each key of the map', () => {
    const source = '{"policy": "admins" in groups ? "consoleAdmin" : none, "seat": {"row": 1}}';
    expect(claimsDeclaredBy(source)).toEqual({
      ok: true,
      claims: {
        policy: { expression: '"admins" in groups ? "consoleAdmin" : none' },
        seat: { expression: '{"row": 1}' },
      },
    });
  });

  it.each<[string, ClaimSource, unknown]>([
    ['a constant', { constant: { a: ['x', null] } }, { a: ['x', null] }],
    ['a fact', { user: 'username' }, 'alice'],
    ['an attribute', { attribute: 'quota' }, '5 GB'],
    ['a missing attribute', { attribute: 'unix.shell' }, null],
    ['a table', { table }, 'consoleAdmin'],
    ['a table of many', { table, many: true }, ['consoleAdmin', 'readwrite']],
    ['what a table says otherwise', { table: [{ group: 'nobody', value: 1 }], otherwise: 0 }, 0],
    ['nothing', { table: [{ group: 'nobody', value: 1 }], many: true }, null],
    ['an expression', { expression: 'groups.size()' }, 2],
  ])('says the same as the declaration of %s', async (_name, source, value) => {
    const evaluation = await sandbox.evaluate(expressionOf({ claim: source }), variables);
    expect(evaluation).toEqual({ ok: true, value: { claim: value } });
  });

  it.each([
    'return {"policy": "readwrite"}',
    'if ak_is_group_member(request.user, name="admins"):\n  return {}',
    '{"name": request.user.name}',
  ])("names authentik's Python as what it is: %s", (source) => {
    expect(claimsDeclaredBy(source)).toEqual({ ok: false, reason: expect.stringContaining('Python') });
  });

  it('must be a map', () => {
    expect(claimsDeclaredBy('groups')).toEqual({ ok: false, reason: expect.stringContaining('map') });
  });
});

describe('A computed claim', () => {
  it('that cannot be read is refused with the reason', () => {
    const mapping = { name: 'x', scopeName: 'x', claims: { policy: { expression: 'nobody' } } };
    const { error } = newScopeMapping.safeParse(mapping);
    expect(error?.issues[0]?.message).toContain('Unknown variable: nobody');
  });
});
