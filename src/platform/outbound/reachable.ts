// Which addresses we call ourselves (contract §1, "Outbound requests"): public ones, and of all others those that
// GATELODGE_OUTBOUND_ALLOW names. What must never be called is refused whatever is allowed.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Link-local, and where clouds keep the credentials of the machines that run in them. */
const NEVER = [
  '169.254.0.0/16',
  'fe80::/10',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  'fd00:ec2::/32',
  'fd20:ce::/32',
].map((range) => ipaddr.parseCIDR(range));

/** RFC 4291 §2.4: only here are IPv6 addresses public; elsewhere some of them stand for IPv4 ones. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** Whether an address may be called. */
export type MayReach = (address: string) => boolean;

/** Makes the test from the CIDRs that are allowed beside public addresses; throws for one that is none. */
export function reachable(allow: readonly string[]): MayReach {
  const allowed = allow.map((range) => ipaddr.parseCIDR(range));
  return (text) => {
    // ipaddr.js alone would also read `1.2` and `0x7f.1`.
    if (isIP(text) === 0) return false;
    // An IPv4 address in IPv6's clothes is what it is underneath.
    const address = ipaddr.process(text);
    if (isWithin(address, NEVER)) return false;
    return isPublic(address) || isWithin(address, allowed);
  };
}

type Address = ReturnType<typeof ipaddr.process>;

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || isWithin(address, [GLOBAL_IPV6]);
}

function isWithin(address: Address, ranges: ReturnType<typeof ipaddr.parseCIDR>[]): boolean {
  return ipaddr.subnetMatch(address, { within: ranges }, 'without') === 'within';
}
