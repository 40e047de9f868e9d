// Which application a host belongs to: whole names and dot boundaries, never prefixes.
import { describe, expect, it } from '@jest/globals';
import { type ProxyRoute, RoutingTable } from '../../../src/protocol/outpost/routing-table.ts';

const route = (slug: string, authority: string, cookieDomain = '') =>
  ({ slug, authority, cookieDomain, providerId: slug.length }) as unknown as ProxyRoute;

const table = new RoutingTable([
  route('app', 'app.example.com'),
  route('ported', 'app.example.com:8443'),
  route('domain', 'auth.example.com', 'example.com'),
  route('deeper', 'auth.lab.example.com', 'lab.example.com'),
  route('v6', '[2001:db8::1]:8443'),
  route('nas', 'nas.example.net', 'nas.example.net'),
  route('single', 'single.example.com'),
  route('late', 'late.example.org', 'example.org'),
  route('later', 'later.example.org', 'example.org'),
]);
const find = (authority: string, scheme: 'http' | 'https' = 'https') =>
  table.find({ authority, scheme })?.slug;

describe('the application of a host', () => {
  it.each([
    ['app.example.com', 'app'],
    ['APP.Example.COM', 'app'],
    ['app.example.com.', 'app'],
    ['app.example.com:443', 'app'],
    ['app.example.com:0443', 'app'],
    ['app.example.com:8443', 'ported'],
    ['nas.example.net:8080', 'nas'],
    ['auth.example.com:8080', 'domain'],
    ['example.com', 'domain'],
    ['other.example.com', 'domain'],
    ['a.b.example.com', 'domain'],
    ['x.lab.example.com', 'deeper'],
    ['lab.example.com', 'deeper'],
    ['xlab.example.com', 'domain'],
    ['[2001:db8::1]:8443', 'v6'],
    ['new.example.org', 'late'],
    ['later.example.org', 'later'],
  ])('%s belongs to %s', (authority, slug) => expect(find(authority)).toBe(slug));

  it.each([
    'evilexample.com',
    'app.example.com.evil.test',
    'example.com.evil.test',
    'app.example.com@evil.test',
    'evil.test#app.example.com',
    'evil.test/app.example.com',
    'evil.test?app.example.com',
    'evil.test\\app.example.com',
    'app.example.com%2eevil.test',
    'app.example.com evil.test',
    'app.example.com,evil.test',
    'app.example.com:443:443',
    'app.example.com:',
    ':443',
    '.example.com:x',
    'example..com',
    'com',
    '',
    'app.example.com:9999',
    'single.example.com:9999',
    'single.example.com:80',
    'single.example.com.:444',
    'SINGLE.example.com:1',
    'later.example.org:1',
    '[2001:db8::1]',
    '[2001:db8::2]:8443',
  ])('nobody has registered %p', (authority) => expect(find(authority)).toBeUndefined());

  it('knows the default port of http too', () => {
    expect(find('app.example.com:80', 'http')).toBe('app');
    expect(find('app.example.com:80', 'https')).toBeUndefined();
  });
});
