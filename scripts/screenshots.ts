// Makes docs/screenshots/: every page worth showing, wide in the light and narrow in the dark, from a real server with the
// showcase in it. Run it after a change of looks, and look at what changed: `node scripts/screenshots.ts [name]`. All
// pages in all variants are photographed by the suites: `PICTURES=<directory> npm test -- test/end-to-end/pages`.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'otplib';
import type { Page } from 'playwright-core';
import { DEMO_PASSWORD } from '../prisma/seed.ts';
import { type Api, apiOf } from '../test/support/api-client.ts';
import { type Chromium, startChromium } from '../test/support/chromium.ts';
import { startGatelodgeProcess } from '../test/support/gatelodge-process.ts';
import { createShowcase } from '../test/support/showcase.ts';

const DIRECTORY = path.resolve(import.meta.dirname, '../docs/screenshots');
const BOOTSTRAP_TOKEN = 'a-bootstrap-token-for-screenshots';
const HOST = 'auth.example.com';
const ORIGIN = `http://${HOST}`;
const VARIANTS = [
  { viewport: { width: 1280, height: 800 }, colorScheme: 'light', newcomer: 'bert' },
  { viewport: { width: 390, height: 844 }, colorScheme: 'dark', newcomer: 'guest' },
] as const;
/** Long lists go on like this. */
const TALLEST = 1600;
const [only] = process.argv.slice(2);

/** Takes the picture of the page as it is now. */
type Shoot = (name: string) => Promise<void>;

/** One walk through the pages, with the camera in hand; each newcomer sets up a second factor once. */
type Walk = (page: Page, shoot: Shoot, newcomer: string) => Promise<void>;

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

const walkToSecondFactor: Walk = async (page, shoot, newcomer) => {
  await signIn(page, newcomer);
  await page.goto(`${ORIGIN}/if/user/devices/add/`);
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  await page.getByText('I cannot scan it').click();
  const secret = String(await page.locator('.totp-secret .copy-value code').textContent());
  await page.getByText('I cannot scan it').click();
  await shoot('authenticator-app');
  await page
    .getByLabel('Code that the app shows')
    .fill(await generate({ secret: secret.replaceAll(' ', '') }));
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await page.getByText('I have put them by').waitFor();
  await shoot('recovery-codes');
  await page.goto(`${ORIGIN}/if/user/devices/`);
  await shoot('devices');
  await page.context().clearCookies();
  await signIn(page, newcomer);
  await shoot('second-factor');
  await page.getByRole('button', { name: 'Another way' }).click();
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await shoot('second-factor-choice');
};

async function signIn(page: Page, username: string): Promise<void> {
  await page.goto(`${ORIGIN}/if/user/`);
  await page.getByLabel('Username or email').fill(username);
  await submit(page);
  await page.getByLabel('Password', { exact: true }).fill(DEMO_PASSWORD);
  await submit(page);
}

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
  'application-delete': '/if/admin/applications/vault/delete/',
  'proxy-application-create': '/if/admin/applications/create/proxy/',
  'proxy-application': '/if/admin/applications/films/proxy/',
  claims: '/if/admin/applications/gitea/claims/?username=anna',
  users: '/if/admin/users/',
  groups: '/if/admin/groups/',
  invitations: '/if/admin/invitations/',
  'invitation-create': '/if/admin/invitations/create/',
  'sign-in-rules': '/if/admin/sign-in-rules/',
  events: '/if/admin/events/',
  profile: '/if/user/profile/',
  tokens: '/if/user/tokens/create/',
  activity: '/if/user/activity/',
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

async function shootWalk(chromium: Chromium, walk: Walk): Promise<void> {
  for (const { viewport, colorScheme, newcomer } of VARIANTS) {
    const { page, leave } = await chromium.visitor({ viewport, colorScheme, deviceScaleFactor: 1 });
    await walk(page, (name) => shoot(page, `${name}-${viewport.width}-${colorScheme}`), newcomer);
    await leave();
  }
}

async function shoot(page: Page, name: string): Promise<void> {
  if (only && !name.startsWith(only)) return;
  await page.waitForLoadState('networkidle');
  // Not `fullPage`, which leaves the background behind at the first screenful.
  const viewport = page.viewportSize() ?? VARIANTS[0].viewport;
  const height = await page.evaluate('document.documentElement.scrollHeight');
  const shown = Math.min(Math.max(viewport.height, Number(height)), TALLEST);
  await page.setViewportSize({ width: viewport.width, height: shown });
  await page.screenshot({ path: path.join(DIRECTORY, `${name}.png`) });
  await page.setViewportSize(viewport);
  console.log(name);
}

/** The walk sees the server under one name, so that pictures differ only where pages do. */
async function walkThrough(walk: Walk, arrange?: (api: Api) => Promise<void>): Promise<void> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'gatelodge-screenshots-'));
  const environment = {
    GATELODGE_URL: ORIGIN,
    ...(arrange && { GATELODGE_BOOTSTRAP_TOKEN: BOOTSTRAP_TOKEN }),
  };
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
await walkThrough(walkToSecondFactor, createShowcase);
