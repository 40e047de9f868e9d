// Addresses that everybody may open: what is matched, and what is too ambiguous to be.
import { describe, expect, it } from '@jest/globals';
import { allowList, findFaultyExpressions } from '../../../src/protocol/outpost/provider/allow-list.ts';

const at = (target: string, authority = 'app.test') => ({ scheme: 'https' as const, authority, target });

describe('the list of addresses that everybody may open', () => {
  const isOpen = allowList('^/public/\n\n   \n/health$\n^/ünï/', 'path');

  it.each([
    '/public/',
    '/public/a',
    '/public/a.b/c',
    '/public/a?x=/../',
    '/api/health',
    '/%C3%BCn%C3%AF/x',
    '/public/%61',
  ])('matches %s', (target) => expect(isOpen(at(target))).toBe(true));

  it.each([
    ['a path that is not listed', '/private'],
    ['a listed path in the query', '/private?next=/public/'],
    ['a listed path in a fragment', '/private#/public/'],
    ['dot segments', '/public/../private'],
    ['a dot segment at the end', '/public/..'],
    ['encoded dot segments', '/public/%2e%2e/private'],
    ['half-encoded dot segments', '/public/.%2E/private'],
    ['an encoded slash', '/public/..%2fprivate'],
    ['a doubly encoded slash', '/public/%252e%252e%252fprivate'],
    ['an encoded backslash', '/public/..%5cprivate'],
    ['a backslash', '/public/..\\private'],
    ['an empty segment', '//public/'],
    ['an empty segment inside', '/public//private'],
    ['a single dot', '/public/./private'],
    ['a path parameter', '/public/;/private'],
    ['an encoded path parameter', '/public/%3bx/private'],
    ['an encoded question mark', '/public/%3f/../private'],
    ['an encoded fragment', '/public/%23'],
    ['a NUL', '/public/%00'],
    ['an encoded line break', '/public/%0d%0a'],
    ['a wide slash', '/public/..%ef%bc%8fsecret'],
    ['a leader of two dots', '/public/%e2%80%a5/secret'],
    ['an escape that is none', '/public/%zz'],
    ['bytes that are no UTF-8', '/public/%ff'],
    ['no path at all', 'public/'],
  ])('does not match %s', (_, target) => expect(isOpen(at(target))).toBe(false));

  it('is empty when nothing is listed: blank lines match nothing', () => {
    expect(allowList('\n \n', 'path')(at('/'))).toBe(false);
  });

  it('is matched on host and path for a whole domain, without the query', () => {
    const isOpenAt = allowList('^https://one\\.test/public/', 'url');
    expect(isOpenAt(at('/public/x', 'ONE.test:443'))).toBe(true);
    expect(isOpenAt(at('/public/x', 'two.test'))).toBe(false);
    expect(isOpenAt(at('/x?https://one.test/public/', 'two.test'))).toBe(false);
  });

  it('takes the same time for an expression that backtracking engines never finish', () => {
    const isSlow = allowList('^(a+)+$\n(.*)*x(.*)*y$', 'path');
    const before = performance.now();
    isSlow(at(`/${'a'.repeat(5000)}!`));
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('refuses lines that are no expressions, and names them', () => {
    expect(findFaultyExpressions('^/ok$\n^/(broken\n(?=lookahead)')).toEqual([
      { line: 2, expression: '^/(broken', reason: expect.stringContaining('missing closing') },
      { line: 3, expression: '(?=lookahead)', reason: expect.stringContaining('unsupported') },
    ]);
  });
});
