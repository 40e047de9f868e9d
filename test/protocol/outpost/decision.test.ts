// The verdict of the gate, line by line of its table.
import { describe, expect, it } from '@jest/globals';
import { decide, type OutpostSession } from '../../../src/protocol/outpost/decision.ts';
import type { ProxyRoute } from '../../../src/protocol/outpost/routing-table.ts';
import { proofOf } from '../../../src/protocol/outpost/session/outpost-sessions.ts';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

const family = { groupId: 'family', userId: null, isNegated: false, isEnabled: true };
const plain = {
  providerId: 1,
  bindings: [family],
  policyEngineMode: 'any',
  mustUseMfa: false,
  maxSessionAgeSeconds: undefined,
  isOpen: ({ target }: { target: string }) => target === '/open',
} as unknown as ProxyRoute;
const strict = { ...plain, mustUseMfa: true };
const young = { ...plain, maxSessionAgeSeconds: 900 };

interface Told {
  readonly groups?: readonly string[];
  readonly providerId?: number;
  readonly methods?: readonly string[];
  readonly mustUseMfa?: boolean;
  readonly minutesAgo?: number;
}

function session({ groups = ['family'], providerId = 1, methods = ['pwd'], ...rest }: Told = {}) {
  const authenticatedAt = new Date(NOW - (rest.minutesAgo ?? 0) * MINUTE);
  return {
    providerId,
    identity: { userId: 7, groups: groups.map((id) => ({ id, name: id })) },
    proof: proofOf({ methods, authenticatedAt }, rest.mustUseMfa ?? false),
  } as unknown as OutpostSession;
}

describe('the verdict', () => {
  // biome-ignore format: a table
  it.each<[string, ProxyRoute, OutpostSession | undefined, string, string]>([
    ['nobody',                                      plain,  undefined,                                                             'signIn', 'open'],
    ["a session of another application's",          plain,  session({ providerId: 2 }),                                            'signIn', 'open'],
    ['somebody who may open it',                    plain,  session(),                                                             'allow',  'allow'],
    ['somebody who may not',                        plain,  session({ groups: [] }),                                               'forbid', 'open'],
    ['somebody who may not, with too little proof', strict, session({ groups: [] }),                                               'forbid', 'open'],
    ['a password where two factors are demanded',   strict, session(),                                                             'signIn', 'open'],
    ['two factors where they are demanded',         strict, session({ methods: ['pwd', 'otp', 'mfa'] }),                           'allow',  'allow'],
    ['a trusted device where they are demanded',    strict, session({ methods: ['pwd', 'trusted-device'] }),                       'signIn', 'open'],
    ['somebody who must use two factors',           plain,  session({ mustUseMfa: true }),                                         'signIn', 'open'],
    ['the same on a trusted device',                plain,  session({ mustUseMfa: true, methods: ['pwd', 'trusted-device'] }),     'allow',  'allow'],
    ['a sign-in that is young enough',              young,  session({ minutesAgo: 14 }),                                           'allow',  'allow'],
    ['a sign-in that is just too old',              young,  session({ minutesAgo: 15 }),                                           'signIn', 'open'],
    ['an old sign-in with two factors',             young,  session({ minutesAgo: 20, methods: ['pwd', 'otp', 'mfa'] }),           'signIn', 'open'],
  ])('on %s', (_, route, given, closed, open) => {
    const verdict = (target: string) => decide(route, given, { scheme: 'https', authority: 'x', target }, NOW).kind;
    expect(verdict('/closed')).toBe(closed);
    expect(verdict('/open')).toBe(open);
  });
});
