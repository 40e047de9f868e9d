import { describe, expect, it } from '@jest/globals';
import {
  expiredCookie,
  readCookie,
  readTokenCookie,
  tokenCookie,
} from '../../../src/signin/session/cookie.ts';

const token = 'q'.repeat(43);

describe('the session cookie', () => {
  it.each([
    [`gatelodge_session=${token}`, token],
    [`a=b; gatelodge_session=${token}; c=d`, token],
    [`gatelodge_session=${token}; gatelodge_session=${'x'.repeat(43)}`, token],
    [`xgatelodge_session=${token}`, undefined],
    [`gatelodge_session=${token}x`, undefined],
    [`gatelodge_session="${token}"`, undefined],
    ['gatelodge_session=', undefined],
    ['gatelodge_session', undefined],
    ['=;=;;', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('is read from %j as %j', (header, expected) => {
    expect(readTokenCookie(header)).toBe(expected);
  });

  it('is for this host alone, out of reach of scripts, and secure under https', () => {
    expect(tokenCookie('gatelodge_session', token, { isSecure: true, maxAgeSeconds: 60 })).toBe(
      `gatelodge_session=${token}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60`,
    );
  });

  it('goes with the browser when it has no lifetime', () => {
    expect(tokenCookie('gatelodge_session', token, { isSecure: false })).toBe(
      `gatelodge_session=${token}; Path=/; HttpOnly; SameSite=Lax`,
    );
  });

  it('is removed under the same name and path', () => {
    expect(expiredCookie('gatelodge_session', true)).toBe(
      'gatelodge_session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
    );
  });

  it('may stand among cookies of any shape', () => {
    expect(readCookie('a=1=2; b= 3 ;c', 'a')).toBe('1=2');
    expect(readCookie('a=1=2; b= 3 ;c', 'b')).toBe('3');
  });
});
