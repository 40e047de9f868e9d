import { describe, expect, it } from '@jest/globals';
import { settings } from '../../../src/platform/config/settings.ts';
import { reachable } from '../../../src/platform/outbound/reachable.ts';

const byDefault = reachable(settings.outboundAllow.kind.parse(settings.outboundAllow.default));
const byNothing = reachable([]);
const byEverything = reachable(['0.0.0.0/0', '::/0']);

describe('an address that Gatelodge calls itself', () => {
  it.each([['8.8.8.8'], ['2606:4700::1111'], ['::ffff:8.8.8.8']])(
    'is reached when it is public: %s',
    (address) => {
      expect(byNothing(address)).toBe(true);
    },
  );

  it.each([
    ['127.0.0.1'],
    ['::1'],
    ['10.1.2.3'],
    ['172.31.0.1'],
    ['192.168.1.2'],
    ['100.101.102.103'],
    ['fd12::1'],
    ['::ffff:192.168.1.2'],
  ])('is reached by default in a home: %s', (address) => {
    expect([byDefault(address), byNothing(address)]).toEqual([true, false]);
  });

  it.each([
    ['0.0.0.0'],
    ['::'],
    ['224.0.0.1'],
    ['255.255.255.255'],
    ['192.0.2.1'],
    ['198.18.0.1'],
    ['240.0.0.1'],
    ['ff02::1'],
    ['64:ff9b::a9fe:a9fe'],
    ['2002:a9fe:a9fe::1'],
    ['::a9fe:a9fe'],
    ['2001:db8::1'],
  ])('is not reached by default when it is neither: %s', (address) => {
    expect(byDefault(address)).toBe(false);
  });

  it.each([
    ['169.254.169.254'],
    ['169.254.0.1'],
    ['::ffff:169.254.169.254'],
    ['fe80::1'],
    ['febf::1'],
    ['fd00:ec2::254'],
    ['fd20:ce::254'],
    ['100.100.100.200'],
    ['168.63.129.16'],
    ['192.0.0.192'],
  ])('is never reached when it is link-local or cloud metadata: %s', (address) => {
    expect([byDefault(address), byEverything(address)]).toEqual([false, false]);
  });

  it.each([['localhost'], [''], ['1.2.3'], ['0x7f.1']])('is written as an address is: %j', (text) => {
    expect(byEverything(text)).toBe(false);
  });
});
