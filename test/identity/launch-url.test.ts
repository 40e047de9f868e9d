// Where a tile leads.
import { describe, expect, it } from '@jest/globals';
import type { Application } from '../../src/identity/application/application.ts';
import { launchUrl, slug } from '../../src/identity/application/application-fields.ts';
import { launchUrlOf } from '../../src/identity/application/launch-url.ts';

const alice = { username: 'alice/..', name: 'Alice A', email: 'a@example.com', uid: 'f00' };
const none = { proxy: null, oauth2: null };
const application = (launch: string, provider: object | null = null) =>
  ({ launchUrl: launch, provider }) as unknown as Application;

describe('a launch URL', () => {
  it.each([
    [
      'fills in who it is for, encoded',
      application('https://a.test/%(username)s'),
      'https://a.test/alice%2F..',
    ],
    [
      'keeps placeholders that it does not know',
      application('https://a.test/%(shoe)s'),
      'https://a.test/%(shoe)s',
    ],
    [
      'falls back to the proxied host',
      application('', { ...none, proxy: { externalHost: 'https://p.test' } }),
      'https://p.test',
    ],
    [
      'falls back to the origin of the first redirect URI',
      application('', { ...none, oauth2: { redirectUris: [{ url: 'https://r.test/cb?x' }] } }),
      'https://r.test/',
    ],
    [
      'guesses nothing from an app scheme',
      application('', { ...none, oauth2: { redirectUris: [{ url: 'app.immich:///oauth-callback' }] } }),
      undefined,
    ],
    ['is unknown without a provider', application(''), undefined],
  ])('%s', (_, given, expected) => {
    expect(launchUrlOf(given, alice)).toBe(expected);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', '//evil.test', 'ftp://a.test', 'https://'])(
    'is refused when it is %s',
    (value) => expect(launchUrl.safeParse(value).success).toBe(false),
  );
});

describe('a slug', () => {
  it.each(['authorize', 'Token', 'end-session', 'a b', 'ä', '', 'a/b', 'x'.repeat(51)])(
    'refuses %j',
    (value) => {
      expect(slug.safeParse(value).success).toBe(false);
    },
  );
  it.each(['gitea', 'a-b_C9'])('takes %j', (value) => expect(slug.safeParse(value).success).toBe(true));
});
