// The catalogue: every recipe is registered, rendered, and used to sign somebody in through the real provider.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { createGroup } from '../../../src/identity/group/group.ts';
import { addUser } from '../../../src/identity/group/membership.ts';
import {
  createRecipeApplication,
  recipeSettingsOf,
} from '../../../src/operation/admin/recipe-application.ts';
import { getClientSecret, type OAuth2Provider } from '../../../src/protocol/oidc/client.ts';
import { listRecipes, type Recipe, serviceUrl } from '../../../src/protocol/oidc/recipe/recipe.ts';
import { recipeFields } from '../../../src/protocol/oidc/recipe/recipe-fields.ts';
import { fillIn } from '../../../src/protocol/oidc/recipe/template.ts';
import { EMBEDDED } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { registerUser, walk } from './service.ts';

const recipes = listRecipes();

const EXPECTED = [
  ...['coder', 'gitea', 'grafana', 'immich', 'jellyfin', 'litellm', 'miniflux', 'minio', 'mod-auth-openidc'],
  ...[
    'nextcloud',
    'open-webui',
    'outline',
    'paperless-ngx',
    'portainer',
    'proxmox',
    'traefik',
    'vaultwarden',
  ],
];

describe('The catalogue', () => {
  it('has every application that we promise', () => {
    expect(recipes.map(({ id }) => id).sort()).toEqual(EXPECTED);
  });

  it.each(recipes.map((recipe) => [recipe.id, recipe] as const))(
    'says where %s is known from',
    (_id, recipe) => {
      const isAddress = (source: string) => source.startsWith('https://') || source.startsWith('test/');
      expect(recipe.sources.every(isAddress)).toBe(true);
      expect(recipe.certainty === 'tested').toBe(recipe.sources.some((source) => source.startsWith('test/')));
    },
  );

  it('refuses a recipe that asks for a word that nobody knows', () => {
    const { id: _, ...gitea } = recipes.find(({ id }) => id === 'gitea') as Recipe;
    const redirect_uris = ['{{url}}/{{client_secret}}'];
    expect(recipeFields.safeParse({ ...gitea, redirect_uris }).success).toBe(false);
    expect(() => fillIn('{{toString}}', {})).toThrow('toString');
  });
});

describe("An application's address", () => {
  it.each([
    ['https://git.example.com/', 'https://git.example.com'],
    [' https://Example.com:8006 ', 'https://example.com:8006'],
    ['http://nas.lan/gitea/', 'http://nas.lan/gitea'],
  ])('%s is taken as %s', (typed, url) => {
    expect(serviceUrl(typed)).toBe(url);
  });

  it.each([
    '',
    'git.example.com',
    'javascript:alert(1)',
    'ftp://example.com',
    'https://user:password@example.com',
    'https://example.com/?a=b',
    "https://example.com/'; rm -rf $HOME; '",
    'https://example.com/$(reboot)',
  ])('%s is refused: it is written into commands and files', (typed) => {
    expect(() => serviceUrl(typed)).toThrow();
  });
});

describe('Every recipe', () => {
  let gatelodge: Gatelodge;
  let browser: Browser;
  const made = new Map<string, OAuth2Provider>();

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    const { db, changes, vault } = gatelodge.deps;
    const userId = await registerUser(gatelodge, 'alice');
    for (const name of new Set(recipes.flatMap(({ groups }) => groups.map((group) => group.name)))) {
      const { id } = await createGroup(db, changes, { name });
      await addUser(db, changes, id, userId);
    }
    for (const recipe of recipes) {
      const { client } = await createRecipeApplication(db, changes, vault, {
        recipe,
        url: recipe.example,
        name: recipe.name,
        slug: recipe.id,
        consentMode: 'implicit',
        groupIds: [],
      });
      made.set(recipe.id, client);
    }
    browser = gatelodge.browser();
  });
  afterAll(() => gatelodge.stop());

  const table = recipes.map((recipe) => [recipe.id, recipe] as const);

  it.each(table)('gives ready settings: %s', (id, recipe) => {
    const client = made.get(id) as OAuth2Provider;
    const secret = getClientSecret(gatelodge.deps.vault, client) ?? '';
    const shown = recipeSettingsOf(client, secret, 'https://auth.example.com');
    const everything = JSON.stringify(shown?.settings);
    expect(everything).not.toMatch(/\{\{\w+\}\}|undefined/);
    expect(everything).toContain(client.clientId);
    expect(everything).toContain(secret);
    expect(everything).toContain('https://auth.example.com/application/o/');
    expect(secret).toHaveLength(recipe.secret_length);
  });

  it.each(table)('signs somebody in, and the claims that it reads come out: %s', async (id, recipe) => {
    const client = made.get(id) as OAuth2Provider;
    const { claims, userinfo } = await signIn(gatelodge, browser, client, recipe);
    for (const told of [claims, userinfo])
      expect(Object.keys(told)).toEqual(expect.arrayContaining(recipe.claims));
    if (recipe.email_verified) expect(claims.email_verified).toBe(true);
  });

  it('tells each application what its groups mean there', async () => {
    const told = async (id: string) => {
      const recipe = recipes.find((each) => each.id === id) as Recipe;
      return (await signIn(gatelodge, browser, made.get(id) as OAuth2Provider, recipe)).claims;
    };
    expect(await told('minio')).toMatchObject({ policy: ['consoleAdmin', 'readwrite', 'readonly'] });
    expect(await told('immich')).toMatchObject({ immich_role: 'admin' });
    expect(await told('litellm')).toMatchObject({ litellm_role: 'proxy_admin' });
    expect(await told('nextcloud')).toMatchObject({
      nextcloud_user_id: 'alice',
      nextcloud_groups: expect.arrayContaining(['nextcloud-admins', 'admin']),
    });
  });
});

/** Signs in as the application would: at its first redirect URI, with all scopes, PKCE and its secret. */
async function signIn(gatelodge: Gatelodge, browser: Browser, client: OAuth2Provider, recipe: Recipe) {
  const config = await openid.discovery(
    new URL(`${gatelodge.origin}/application/o/${recipe.id}/`),
    client.clientId,
    { client_secret: getClientSecret(gatelodge.deps.vault, client) ?? '' },
    openid.ClientSecretBasic(),
    { execute: [openid.allowInsecureRequests] },
  );
  const verifier = openid.randomPKCECodeVerifier();
  const redirectUri = client.redirectUris[0]?.url ?? '';
  const own = recipe.mappings.map(({ scope }) => scope);
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: ['openid', 'email', 'profile', 'groups', ...own].join(' '),
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const page = await walk(browser, url.href);
  if (!page.location) throw new Error(`No way back to the application: ${page.text()}`);
  // Not authorizationCodeGrant(): it takes the redirect URI from the address, where Proxmox's has got a slash.
  const code = page.location.searchParams.get('code') ?? '';
  const parameters = { code, redirect_uri: redirectUri, code_verifier: verifier };
  const tokens = await openid.genericGrantRequest(config, 'authorization_code', parameters);
  const claims = tokens.claims();
  if (!claims) throw new Error('There is no ID token.');
  const userinfo = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
  return { claims, userinfo };
}
