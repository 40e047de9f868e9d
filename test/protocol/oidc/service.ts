// A service that signs people in through Gatelodge, as the tests of this folder play it: openid-client for what a good
// client does, and bare requests for what an attacker would.
import * as openid from 'openid-client';
import { createApplication } from '../../../src/identity/application/application.ts';
import { createOAuth2Provider } from '../../../src/protocol/oidc/client.ts';
import type { NewOAuth2Provider } from '../../../src/protocol/oidc/client-fields.ts';
import type { Browser } from '../../support/browser.ts';
import type { Gatelodge } from '../../support/gatelodge.ts';
import type { Page } from '../../support/page.ts';
import { createPersonWith } from '../../support/person.ts';

export const REDIRECT_URI = 'https://service.test/callback';
export const PASSWORD = 'a password for tests';

export interface Service {
  readonly slug: string;
  readonly applicationId: string;
  readonly providerId: number;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly config: openid.Configuration;
}

/** Registers an application with its client, and discovers it as a service would. */
export async function registerService(
  gatelodge: Gatelodge,
  slug: string,
  provider: Partial<NewOAuth2Provider> = {},
): Promise<Service> {
  const { db, changes, vault } = gatelodge.deps;
  const clientSecret = `secret-of-${slug}`;
  const redirectUris = [{ url: REDIRECT_URI }];
  const input = { name: slug, clientId: slug, clientSecret, redirectUris, ...provider };
  const { providerId, clientType } = await createOAuth2Provider(db, changes, vault, input);
  const { id } = await createApplication(db, changes, { name: `The ${slug}`, slug, providerId });
  const isPublic = clientType === 'public';
  const config = await openid.discovery(
    new URL(`${gatelodge.origin}/application/o/${slug}/`),
    slug,
    isPublic ? {} : { client_secret: clientSecret },
    isPublic ? openid.None() : openid.ClientSecretBasic(clientSecret),
    { execute: [openid.allowInsecureRequests] },
  );
  return { slug, applicationId: id, providerId, clientId: slug, clientSecret, config };
}

/** Makes a user with the tests' password; returns the id. */
export async function registerUser(gatelodge: Gatelodge, username: string): Promise<number> {
  const fields = { username, name: `${username} Example`, email: `${username}@example.com` };
  const { id } = await createPersonWith(PASSWORD, gatelodge, fields);
  return id;
}

/** Parameters of an authorization request, with what PKCE and OpenID Connect check against. */
export interface Checks {
  readonly pkceCodeVerifier: string;
  readonly expectedNonce: string;
  readonly expectedState: string;
}

export async function authorizationUrl(
  { config }: Service,
  parameters: Record<string, string> = {},
): Promise<{ url: URL; checks: Checks }> {
  const checks = {
    pkceCodeVerifier: openid.randomPKCECodeVerifier(),
    expectedNonce: openid.randomNonce(),
    expectedState: openid.randomState(),
  };
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email',
    code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    nonce: checks.expectedNonce,
    state: checks.expectedState,
    ...parameters,
  });
  return { url, checks };
}

/** Follows redirects and fills in forms until the browser would leave for another site, or a page asks for more. */
export async function walk(browser: Browser, start: string, username = 'alice'): Promise<Page> {
  let page = await browser.get(start);
  const home = page.url.origin;
  for (let step = 0; step < 30; step++) {
    if (page.location && page.location.origin !== home) return page;
    if (page.location) page = await page.followRedirect();
    else if (page.body.includes('name="uid_field"')) page = await page.form().submit({ uid_field: username });
    else if (page.body.includes('name="password"')) page = await page.form().submit({ password: PASSWORD });
    else return page;
  }
  throw new Error(`A sign-in without end, at ${page.url.href}`);
}

/** Signs in at the service from the beginning; returns its tokens. */
export async function signIn(
  browser: Browser,
  service: Service,
  { username = 'alice', ...parameters }: Record<string, string> = {},
) {
  const { url, checks } = await authorizationUrl(service, parameters);
  const page = await walk(browser, url.href, username);
  if (!page.location) throw new Error(`No way back to the service: ${page.text()}`);
  return openid.authorizationCodeGrant(service.config, page.location, checks);
}

/** Events of that action, as JSON: they are recorded beside the answer, so a moment may pass. */
export async function recordedEvents(gatelodge: Gatelodge, action: string): Promise<string> {
  for (let attempt = 0; attempt < 40; attempt++) {
    const events = await gatelodge.deps.db.event.findMany({ where: { action } });
    if (events.length > 0) return JSON.stringify(events);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`No ${action} has been recorded`);
}
