import { describe, expect, it } from '@jest/globals';
import {
  clientAddressOf,
  originOf,
  type Reached,
  trustedProxies,
} from '../../../src/platform/http/forwarded.ts';

const isTrusted = trustedProxies(['127.0.0.0/8', '::1', '10.0.0.0/8', 'fd00::/8']);
const OUTSIDE = '203.0.113.9';

describe('client address', () => {
  const cases: ReadonlyArray<
    readonly [it: string, peer: string | undefined, header: string | undefined, address: string]
  > = [
    ['is the peer when nothing is forwarded', OUTSIDE, undefined, OUTSIDE],
    ['ignores the header of a peer that is no proxy of ours', OUTSIDE, '198.51.100.7', OUTSIDE],
    ['takes the entry of a trusted proxy', '10.0.0.1', '198.51.100.7', '198.51.100.7'],
    [
      'takes the right-most stranger, not what the client made up',
      '10.0.0.1',
      `1.1.1.1, ${OUTSIDE}`,
      OUTSIDE,
    ],
    ['walks over our own proxies', '10.0.0.1', `1.1.1.1, ${OUTSIDE}, 10.0.0.2, 10.0.0.3`, OUTSIDE],
    ['is the outermost when the whole chain is ours', '10.0.0.1', '10.0.0.9, 10.0.0.2', '10.0.0.9'],
    ['stays with the peer when the header is unreadable', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['stays with the last known address before an unreadable one', '10.0.0.1', 'x, 10.0.0.2', '10.0.0.2'],
    ['stays with the peer when the header is empty', '10.0.0.1', '', '10.0.0.1'],
    ['stays with the peer when the last entry is empty', '10.0.0.1', `${OUTSIDE},`, '10.0.0.1'],
    ['drops the port of an IPv4 entry', '10.0.0.1', `${OUTSIDE}:4711`, OUTSIDE],
    ['drops brackets and port of an IPv6 entry', '10.0.0.1', '[2001:db8::9]:4711', '2001:db8::9'],
    ['sees IPv4 in an IPv4-mapped peer', '::ffff:10.0.0.1', OUTSIDE, OUTSIDE],
    ['writes an IPv4-mapped stranger as IPv4', `::ffff:${OUTSIDE}`, undefined, OUTSIDE],
    ['believes a Unix socket', undefined, OUTSIDE, OUTSIDE],
    ['is loopback on a bare Unix socket', undefined, undefined, '127.0.0.1'],
    ['does not take a name for an address', '10.0.0.1', 'evil.example, localhost', '10.0.0.1'],
  ];
  it.each(cases)('%s', (_, peer, header, address) => {
    expect(clientAddressOf(peer, header, isTrusted)).toBe(address);
  });
});

describe('browser-visible origin', () => {
  const plain: Reached = {
    peer: '10.0.0.1',
    isEncrypted: false,
    host: 'gatelodge:9000',
    forwardedProto: undefined,
    forwardedHost: undefined,
  };
  const cases: ReadonlyArray<readonly [it: string, reached: Partial<Reached>, origin: string]> = [
    ['is Host over plain HTTP', {}, 'http://gatelodge:9000'],
    ['is https on an encrypted socket', { isEncrypted: true, host: 'a.example' }, 'https://a.example'],
    [
      'takes scheme and host of a trusted proxy',
      { forwardedProto: 'https', forwardedHost: 'a.example' },
      'https://a.example',
    ],
    [
      'keeps Host when the proxy passes only the scheme',
      { forwardedProto: 'https', host: 'a.example' },
      'https://a.example',
    ],
    [
      'ignores both from a stranger',
      { peer: OUTSIDE, forwardedProto: 'https', forwardedHost: 'evil.example' },
      'http://gatelodge:9000',
    ],
    [
      'takes the proxy’s own entry of a list',
      { forwardedHost: 'evil.example, a.example' },
      'http://a.example',
    ],
    ['ignores a scheme that is not of the web', { forwardedProto: 'javascript' }, 'http://gatelodge:9000'],
    [
      'ignores a forwarded host with user information',
      { forwardedHost: 'a.example@evil.example' },
      'http://gatelodge:9000',
    ],
    ['ignores a forwarded host with a path', { forwardedHost: 'evil.example/x' }, 'http://gatelodge:9000'],
    [
      'leaves out a default port',
      { forwardedProto: 'https', forwardedHost: 'a.example:443' },
      'https://a.example',
    ],
    ['writes the host in lower case', { host: 'A.Example' }, 'http://a.example'],
    ['falls back to localhost without a readable Host', { host: 'a b' }, 'http://localhost'],
  ];
  it.each(cases)('%s', (_, reached, origin) => {
    expect(originOf({ ...plain, ...reached }, isTrusted)).toBe(origin);
  });
});

describe('trusted proxies', () => {
  it('refuse a setting that is no address range', () => {
    expect(() => trustedProxies(['10.0.0.0/8', 'nginx'])).toThrow();
  });
});
