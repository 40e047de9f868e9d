import { describe, expect, it } from '@jest/globals';
import { sameOriginPath } from '../../../src/signin/session/return-to.ts';

describe('where a sign-in may lead (open redirects)', () => {
  it.each([
    ['/', '/'],
    ['/if/user/?tab=1#top', '/if/user/?tab=1#top'],
    ['/application/o/interaction/abc/', '/application/o/interaction/abc/'],
    ['/a?u=https://evil.test//x', '/a?u=https://evil.test//x'],
    ['/a/../b', '/b'],
    ['/@evil.test', '/@evil.test'],
  ])('%j stays on our origin, as %j', (address, expected) => {
    expect(sameOriginPath(address)).toBe(expected);
  });

  it.each([
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\/evil.test',
    '/\t/evil.test',
    '/\n/evil.test',
    '\t//evil.test',
    ' //evil.test',
    '/x/..//evil.test',
    '/./\\evil.test',
    '/%2e%2e//evil.test',
    '/.//evil.test',
    'https://evil.test/',
    'https:evil.test',
    'javascript:alert(1)',
    'data:text/html,x',
    'evil.test',
    '',
    undefined,
    `/${'x'.repeat(9000)}`,
  ])('%j does not, and is not followed', (address) => {
    expect(sameOriginPath(address)).toBeUndefined();
  });
});
