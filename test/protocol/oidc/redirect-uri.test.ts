import { describe, expect, it } from '@jest/globals';
import { faultOfRedirectUri, isRegistered } from '../../../src/protocol/oidc/redirect-uri.ts';

describe('A redirect URI that is registered', () => {
  it.each([
    'https://service.test/callback',
    'https://service.test/',
    'https://host:8006',
    'http://localhost:5050/auth/callback',
    'app.immich:///oauth-callback',
    'com.example.app:/callback',
  ])('may be %s', (url) => {
    expect(faultOfRedirectUri({ matchingMode: 'strict', url })).toBeUndefined();
  });

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'java\tscript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'https://service.test/#fragment',
    'https://user:password@service.test/',
    'https://service.test\\@evil.test/',
    '/callback',
    'nonsense',
    '',
  ])('may not be "%s"', (url) => {
    expect(faultOfRedirectUri({ matchingMode: 'strict', url })).toEqual(expect.any(String));
  });

  it('may not be an expression that cannot be compiled', () => {
    expect(faultOfRedirectUri({ matchingMode: 'regex', url: 'https://(' })).toEqual(expect.any(String));
    expect(faultOfRedirectUri({ matchingMode: 'regex', url: 'https://a\\.test/.*' })).toBeUndefined();
  });
});

const strict = (url: string) => [{ matchingMode: 'strict' as const, url }];
const regex = (url: string) => [{ matchingMode: 'regex' as const, url }];
const web = { isNative: false };
const native = { isNative: true };

describe('A redirect URI that is sent', () => {
  it.each([
    ['the same text', strict('https://a.test/cb'), 'https://a.test/cb', web, true],
    ['a slash more', strict('https://a.test'), 'https://a.test/', web, false],
    ['another case', strict('https://a.test/cb'), 'https://A.test/cb', web, false],
    ['another query', strict('https://a.test/cb'), 'https://a.test/cb?x', web, false],
    ['a match of the whole expression', regex('https://.+\\.a\\.test/cb'), 'https://x.a.test/cb', web, true],
    ['a prefix of a match', regex('https://a\\.test/cb'), 'https://a.test/cb/evil', web, false],
    ['a suffix of a match', regex('a\\.test/cb'), 'https://evil.test/a.test/cb', web, false],
    [
      'an alternative',
      regex('https://a\\.test|https://b\\.test'),
      'https://evil.test#https://b.test',
      web,
      false,
    ],
    ['a forbidden scheme that matches', regex('.*'), 'javascript:alert(1)', web, false],
    ['a user name that matches', regex('https://.*'), 'https://a.test@evil.test/', web, false],
    ['a Python expression', regex('https:\\/\\/a\\-b\\.test\\/cb'), 'https://a-b.test/cb', web, true],
    [
      'any port of a loopback address',
      strict('http://127.0.0.1/cb'),
      'http://127.0.0.1:4711/cb',
      native,
      true,
    ],
    ['any port of the IPv6 loopback', strict('http://[::1]:1/cb'), 'http://[::1]:4711/cb', native, true],
    ['another path there', strict('http://127.0.0.1/cb'), 'http://127.0.0.1:4711/cb2', native, false],
    ['another loopback name', strict('http://127.0.0.1/cb'), 'http://localhost:4711/cb', native, false],
    [
      'a host that only begins so',
      strict('http://127.0.0.1/cb'),
      'http://127.0.0.1:1@evil.test/cb',
      native,
      false,
    ],
    ['any port for a web client', strict('http://127.0.0.1/cb'), 'http://127.0.0.1:4711/cb', web, false],
  ])('%s', (_name, registered, sent, options, expected) => {
    expect(isRegistered(registered, sent, options)).toBe(expected);
  });
});
