// The access decision, as a table.
import { describe, expect, it } from '@jest/globals';
import { type Binding, decideAccess } from '../../src/identity/access/access.ts';

const ME = 7;
const MY_GROUPS = ['staff', 'everybody'];

const group = (groupId: string): Binding => ({ groupId, userId: null, isNegated: false, isEnabled: true });
const user = (userId: number): Binding => ({ groupId: null, userId, isNegated: false, isEnabled: true });
const not = (binding: Binding): Binding => ({ ...binding, isNegated: true });
const off = (binding: Binding): Binding => ({ ...binding, isEnabled: false });

const TABLE: [string, 'any' | 'all', Binding[], boolean][] = [
  ['everybody, when nothing is bound', 'any', [], true],
  ['everybody, when nothing is bound, in mode all too', 'all', [], true],
  ['everybody, when all bindings are switched off', 'any', [off(group('chiefs'))], true],
  ['a member of the group', 'any', [group('staff')], true],
  ['nobody from outside the group', 'any', [group('chiefs')], false],
  ['the user named', 'any', [user(ME)], true],
  ['no other user', 'any', [user(8)], false],
  ['who passes one of several', 'any', [group('chiefs'), group('staff')], true],
  ['who passes all of several', 'all', [group('everybody'), group('staff')], true],
  ['nobody who fails one of all', 'all', [group('chiefs'), group('staff')], false],
  ['nobody of a negated group', 'any', [not(group('staff'))], false],
  ['everybody but a negated group', 'any', [not(group('chiefs'))], true],
  ['members, but not the negated user', 'all', [group('staff'), not(user(ME))], false],
  ['members, a negated other user notwithstanding', 'all', [group('staff'), not(user(8))], true],
  ['nobody by a binding that is switched off', 'any', [off(group('staff')), group('chiefs')], false],
  [
    'members, past a failing binding that is switched off',
    'all',
    [group('staff'), off(group('chiefs'))],
    true,
  ],
];

describe('the access decision', () => {
  it.each(TABLE)('admits %s (mode %s)', (_, policyEngineMode, bindings, isAllowed) => {
    const decision = decideAccess({ bindings, policyEngineMode, userId: ME, groupIds: MY_GROUPS });
    expect(decision.isAllowed).toBe(isAllowed);
  });

  it('names the bindings that would have admitted, in mode any', () => {
    const bindings = [group('chiefs'), user(8)];
    expect(decideAccess({ bindings, policyEngineMode: 'any', userId: ME, groupIds: MY_GROUPS })).toEqual({
      isAllowed: false,
      reason: { kind: 'in_none', bindings },
    });
  });

  it('names only the bindings that fail, in mode all', () => {
    const bindings = [group('chiefs'), group('staff')];
    expect(decideAccess({ bindings, policyEngineMode: 'all', userId: ME, groupIds: MY_GROUPS })).toEqual({
      isAllowed: false,
      reason: { kind: 'not_in_all', bindings: [group('chiefs')] },
    });
  });
});
