// How the attributes of groups and a user become one object.
import { describe, expect, it } from '@jest/globals';
import { effectiveAttributes } from '../../src/identity/group/attributes.ts';

const of = (...groups: [string, object][]) =>
  groups.map(([name, attributes]) => ({ name, attributes: attributes as Record<string, never> }));

describe('effective attributes', () => {
  it.each([
    ['a scalar of the user wins', of(['a', { quota: 1 }]), { quota: 2 }, { quota: 2 }],
    ['a later group, by name, wins over an earlier one', of(['b', { q: 2 }], ['a', { q: 1 }]), {}, { q: 2 }],
    ['objects merge', of(['a', { s: { x: 1 } }]), { s: { y: 2 } }, { s: { x: 1, y: 2 } }],
    ['lists are joined', of(['a', { l: [1] }]), { l: [2] }, { l: [1, 2] }],
    ['unlike kinds do not mix', of(['a', { v: [1] }]), { v: { x: 1 } }, { v: { x: 1 } }],
    ['null is a value', of(['a', { v: 1 }]), { v: null }, { v: null }],
  ])('%s', (_, groups, user, expected) => {
    expect(effectiveAttributes({ attributes: user as Record<string, never> }, groups)).toEqual(expected);
  });

  it('cannot be used to change what all objects inherit', () => {
    const evil = JSON.parse('{"__proto__": {"isAdministrator": true}}');
    const merged = effectiveAttributes({ attributes: evil }, of(['a', evil]));
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(({} as { isAdministrator?: boolean }).isAdministrator).toBeUndefined();
  });
});
