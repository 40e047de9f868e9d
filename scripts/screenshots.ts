// Makes docs/screenshots/: every page worth showing, wide and narrow, light and dark, from a real server with the demo
// household in it. Run it after a change of looks, and look at what changed: `node scripts/screenshots.ts [name]`.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { createDemoHousehold, DEMO_CLIENT_SECRET, DEMO_PASSWORD } from '../prisma/seed.ts';
import { type Api, apiOf, createOidcApplication } from '../test/support/api-client.ts';
import { type Chromium, startChromium } from '../test/support/chromium.ts';
import { startGatelodgeProcess } from '../test/support/gatelodge-process.ts';

const DIRECTORY = path.resolve(import.meta.dirname, '../docs/screenshots');
const BOOTSTRAP_TOKEN = 'a-bootstrap-token-for-screenshots';
const HOST = 'auth.example.com';
const ORIGIN = `http://${HOST}`;
const VIEWPORTS = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
] as const;
const COLOR_SCHEMES = ['light', 'dark'] as const;
const [only] = process.argv.slice(2);

/** Takes the picture of the page as it is now. */
type Shoot = (name: string) => Promise<void>;

/** One walk through the pages, with the camera in hand. */
type Walk = (page: Page, shoot: Shoot) => Promise<void>;

const walkBeforeSetUp: Walk = async (page, shoot) => {
  await page.goto(`${ORIGIN}/if/flow/initial-setup/`);
  await shoot('set-up');
};

const walkAsAdministrator: Walk = async (page, shoot) => {
  await page.goto(`${ORIGIN}/if/user/`);
  await shoot('sign-in');
  await page.getByLabel('Username or email').fill('anna');
  await submit(page);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await shoot('sign-in-password');
  await submit(page);
  await shoot('sign-in-refused');
  await page.getByLabel('Password', { exact: true }).fill(DEMO_PASSWORD);
  await submit(page);
  await page.waitForURL(`${ORIGIN}/if/user/`);
  await shoot('portal');
  for (const [name, address] of Object.entries(addresses)) {
    await page.goto(ORIGIN + address);
    await shoot(name);
  }
};

async function submit(page: Page): Promise<void> {
  const nextPage = page.waitForEvent('load');
  await page.keyboard.press('Enter');
  await nextPage;
}

const addresses = {
  applications: '/if/admin/applications/',
  'application-create': '/if/admin/applications/create/',
  'application-create-from': '/if/admin/applications/create/from/gitea/',
  'application-create-other': '/if/admin/applications/create/other/',
  'application-detail': '/if/admin/applications/gitea/',
  sessions: '/if/user/sessions/',
  consents: '/if/user/consents/',
  'sign-out': '/if/flow/default-invalidation-flow/',
  consent: authorize('calendar', 'https://calendar.example.com/callback'),
  'error-redirect-uri': authorize('gitea', 'https://gitea.example.com/user/oauth2/authentik/callback'),
  'error-access': authorize('vault', 'https://vault.example.com/callback'),
  'error-not-found': '/a/page/that/is/not/there',
};

function authorize(clientId: string, redirectUri: string): string {
  const scope = 'openid email profile groups';
  const query = {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    state: 'shown',
  };
  return `/application/o/authorize/?${new URLSearchParams(query)}`;
}

/** Beside the household: one application that asks for consent, and one that lets nobody in but its group. */
async function createShowcase(api: Api): Promise<void> {
  await createDemoHousehold(api);
  const calendar = { name: 'Calendar', slug: 'calendar', clientId: 'calendar' };
  const vault = { name: 'Vault', slug: 'vault', clientId: 'vault' };
  for (const application of [calendar, vault]) {
    await createOidcApplication(api, {
      ...application,
      clientSecret: DEMO_CLIENT_SECRET,
      redirectUris: [`https://${application.slug}.example.com/callback`],
      app: { group: 'House' },
      ...(application === calendar
        ? { provider: { authorization_flow: 'default-provider-authorization-explicit-consent' } }
        : {}),
    });
  }
  const keyHolders = await api('POST', 'core/groups/', { name: 'Key holders' });
  const { pk: target } = await api('GET', 'core/applications/vault/');
  await api('POST', 'policies/bindings/', { target, group: keyHolders.pk, order: 0 });
}

async function shootWalk(chromium: Chromium, walk: Walk): Promise<void> {
  for (const viewport of VIEWPORTS) {
    for (const colorScheme of COLOR_SCHEMES) {
      const { page, leave } = await chromium.visitor({ viewport, colorScheme, deviceScaleFactor: 1 });
      await walk(page, (name) => shoot(page, `${name}-${viewport.width}-${colorScheme}`));
      await leave();
    }
  }
}

async function shoot(page: Page, name: string): Promise<void> {
  if (only && !name.startsWith(only)) return;
  await page.waitForLoadState('networkidle');
  // Not `fullPage`, which leaves the background behind at the first screenful.
  const viewport = page.viewportSize() ?? VIEWPORTS[0];
  const height = await page.evaluate('document.documentElement.scrollHeight');
  await page.setViewportSize({ width: viewport.width, height: Math.max(viewport.height, Number(height)) });
  await page.screenshot({ path: path.join(DIRECTORY, `${name}.png`) });
  await page.setViewportSize(viewport);
  console.log(name);
}

/** The walk sees the server under one name, so that pictures differ only where pages do. */
async function walkThrough(walk: Walk, arrange?: (api: Api) => Promise<void>): Promise<void> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'gatelodge-screenshots-'));
  const environment = arrange ? { GATELODGE_BOOTSTRAP_TOKEN: BOOTSTRAP_TOKEN } : {};
  const server = await startGatelodgeProcess({ dataDirectory, environment });
  const chromium = await startChromium({ [HOST]: new URL(server.origin).host });
  try {
    await server.untilReady();
    await arrange?.(apiOf(server.origin, BOOTSTRAP_TOKEN));
    await shootWalk(chromium, walk);
  } finally {
    await chromium.close();
    await server.end('SIGTERM');
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

await mkdir(DIRECTORY, { recursive: true });
await walkThrough(walkBeforeSetUp);
await walkThrough(walkAsAdministrator, createShowcase);
