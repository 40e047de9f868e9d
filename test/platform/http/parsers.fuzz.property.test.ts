// What strangers send is parsed before anybody is known: no bytes make a parser throw, and none make it say yes to what
// it should refuse. Random, from fixed seeds.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { clientAddressOf, originOf, trustedProxies } from '../../../src/platform/http/forwarded.ts';
import { readBasic } from '../../../src/protocol/oidc/issuer-choice.ts';
import { isRegistered, type RegisteredUri } from '../../../src/protocol/oidc/redirect-uri.ts';
import { type ProxyRoute, RoutingTable, readHost } from '../../../src/protocol/outpost/routing-table.ts';
import { allowedAddress, readReturnAddress } from '../../../src/protocol/outpost/sign-in/return-address.ts';
import { readExpression } from '../../../src/protocol/provider/expression/language.ts';
import { readTokenCookie, SESSION_COOKIE } from '../../../src/signin/session/cookie.ts';
import { sameOriginPath } from '../../../src/signin/session/return-to.ts';
import {
  assertionResponse,
  challengeOf,
  registrationResponse,
} from '../../../src/signin/stage/webauthn/response.ts';

const RUNS = { seed: 20_261_122, numRuns: 2_000 };

/** Text that looks like what a parser expects, put together wrongly. */
const near = (...parts: string[]) =>
  fc
    .array(
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...parts) }, { weight: 1, arbitrary: fc.string() }),
      {
        maxLength: 8,
      },
    )
    .map((pieces) => pieces.join(''));

const address = near(
  ...['/x/..', 'https://app.example.com/', 'https://evil.test/?'],
  ...[
    'https://',
    'http://',
    '//',
    '/',
    '\\',
    'app.example.com',
    'evil.test',
    '.',
    '@',
    ':443',
    ':8443',
    '%2f',
    '%5c',
  ],
  ...['javascript:', 'data:', '#', '?', '\t', '\n', '..', 'callback', 'EXAMPLE.com', '[::1]', 'ａｐｐ'],
);

function holds<Value>(arbitrary: fc.Arbitrary<Value>, check: (value: Value) => void): void {
  fc.assert(fc.property(arbitrary, check), RUNS);
}

describe('whatever is sent', () => {
  it('as a Cookie header, a token is a token of ours or none', () =>
    holds(near(SESSION_COOKIE, '=', ';', ' ', '"', 'x'.repeat(43), '%', '\0'), (header) => {
      const token = readTokenCookie(header);
      if (token !== undefined) expect(token).toMatch(/^[\w-]{43}$/);
    }));

  it('as an address to go to after the sign-in, it stays with us', () =>
    holds(address, (given) => {
      const path = sameOriginPath(given);
      if (path !== undefined) expect(new URL(path, 'https://auth.test').origin).toBe('https://auth.test');
    }));

  it('as a redirect URI, only what is registered is taken, to the letter', () => {
    const strict: RegisteredUri[] = [{ matchingMode: 'strict', url: 'https://app.example.com/callback' }];
    const regex: RegisteredUri[] = [{ matchingMode: 'regex', url: 'https://app\\.example\\.com/.*' }];
    holds(address, (sent) => {
      expect(isRegistered(strict, sent, { isNative: true })).toBe(sent === strict[0]?.url);
      if (isRegistered(regex, sent, { isNative: false })) {
        expect(new URL(sent).origin).toBe('https://app.example.com');
      }
    });
  });

  it('as X-Forwarded-For, the client is an address; a stranger cannot choose which', () => {
    const isTrusted = trustedProxies(['127.0.0.0/8', '10.0.0.0/8']);
    holds(
      near('10.0.0.1', '203.0.113.7', '::1', ',', ' ', ':80', '[', ']', '::ffff:', 'unknown', '_x'),
      (header) => {
        expect(ipaddr.isValid(clientAddressOf('127.0.0.1', header, isTrusted))).toBe(true);
        expect(clientAddressOf('198.51.100.9', header, isTrusted)).toBe('198.51.100.9');
      },
    );
  });

  it('as Host and X-Forwarded-*, the origin is an origin; a stranger cannot choose which', () => {
    const isTrusted = trustedProxies(['127.0.0.0/8']);
    const header = near('auth.test', 'evil.test', ':443', ',', 'https', 'http', '/', '@', '\\', '[::1]', ' ');
    holds(fc.tuple(header, header, header), ([host, forwardedHost, forwardedProto]) => {
      const reached = { isEncrypted: false, host, forwardedHost, forwardedProto };
      const origin = originOf({ ...reached, peer: '127.0.0.1' }, isTrusted);
      expect(new URL(origin).origin).toBe(origin);
      const seen = originOf({ ...reached, peer: '198.51.100.9' }, isTrusted);
      expect(seen).toBe(
        originOf({ ...reached, peer: '198.51.100.9', forwardedHost: 'x', forwardedProto: 'y' }, isTrusted),
      );
    });
  });

  it('as Basic credentials, they are a name and a password or nothing', () =>
    holds(near('Basic ', 'basic', ' ', 'YTpi', '=', ':', '%', '+', '\0'), (header) => {
      const given = readBasic(header);
      if (given) expect(given.user).not.toBe('');
    }));

  const route = {
    slug: 'app',
    authority: 'app.example.com',
    cookieDomain: 'example.com',
    externalUrl: 'https://app.example.com',
    isSecure: true,
    providerId: 1,
  } as unknown as ProxyRoute;

  it('as rd, it leads to the application or nowhere', () =>
    holds(address, (given) => {
      const allowed = allowedAddress(route, readReturnAddress(`/start?rd=${given}`));
      if (allowed === undefined) return;
      const { hostname, protocol, username } = new URL(allowed);
      expect(hostname === 'example.com' || hostname.endsWith('.example.com')).toBe(true);
      expect(protocol).toMatch(/^https?:$/);
      expect(username).toBe('');
    }));

  it('as the host of an original address, it is found by whole names only', () => {
    const table = new RoutingTable([route]);
    holds(
      near('app', '.', 'example.com', 'evil', ':', '443', 'EXAMPLE', '@', '/', '-', '\u0000'),
      (authority) => {
        const found = table.find({ authority, scheme: 'https' });
        const name = readHost(authority, 'https')?.name ?? '';
        if (found) expect(name === 'example.com' || name.endsWith('.example.com')).toBe(true);
        if (found) expect(name).toMatch(/^[a-z\d.-]+$/);
      },
    );
  });

  it('as a passkey’s answer, it is of the right shape or refused', () => {
    const json = fc.oneof(
      fc.json(),
      near('{', '}', '"id"', ':', '"type"', '"public-key"', ',', 'null', '[', '\u0000'),
    );
    holds(json, (text) => {
      assertionResponse.safeParse(text);
      registrationResponse.safeParse(text);
      challengeOf(text);
      challengeOf(Buffer.from(text).toString('base64url'));
    });
  });

  it('as an expression, it is read or refused with a reason', () => {
    const source = near(
      'user',
      '.',
      '(',
      ')',
      '[',
      ']',
      '"',
      '+',
      '?',
      ':',
      'groups',
      'map',
      '{',
      '}',
      '1',
      '-',
      'in',
      '&&',
    );
    holds(source, (text) => {
      const reading = readExpression(text);
      if (!reading.ok) expect(reading.reason).not.toBe('');
    });
  });
});
