// What people do here, from the first day on, as a table of walks: every suite that takes something away from them (the
// mouse, JavaScript) has to get through all of it.
import { expect } from '@jest/globals';
import { DEMO_CLIENT_SECRET, DEMO_PASSWORD } from '../../../prisma/seed.ts';
import { codeOf } from '../../signin/stage/authenticator-app.ts';
import { createOidcApplication } from '../../support/api-client.ts';
import { linkIn } from '../../support/mail-sink.ts';
import { createShowcase } from '../../support/showcase.ts';
import type { Hand } from './hand.ts';
import { authorize, type House, SIGN_IN } from './house.ts';

/** People, applications, and one that asks for consent and then leads to a page of this origin. */
export async function furnish({ api, origin }: House): Promise<void> {
  await createShowcase(api);
  await createOidcApplication(api, {
    name: 'Almanac',
    slug: 'almanac',
    clientId: 'almanac',
    clientSecret: DEMO_CLIENT_SECRET,
    redirectUris: [`${origin}/callback`],
    provider: { authorization_flow: 'default-provider-authorization-explicit-consent' },
  });
}

type Walk = (hand: Hand, house: House) => Promise<void>;

export const NEW_PASSWORD = 'velvet harbour moss';
/** What the walks leave to the later ones. */
const kept = { secret: '', recoveryCode: '' };

/** The first walk, in an empty house. */
export const setUp: Walk = async (hand) => {
  await hand.open('/');
  await hand.type('Username', 'anna');
  await hand.type('Password', DEMO_PASSWORD);
  await hand.type('Password, once more', DEMO_PASSWORD);
  await hand.press('Create account');
  expect(pathOf(hand)).toBe('/if/admin/applications/');
};

/** The others, in order, in a house with people and applications. */
export const flows: readonly (readonly [what: string, walk: Walk])[] = [
  ['sign in with a password, after a wrong one', (hand) => signInWithPassword(hand)],
  ['set up an authenticator app, and put recovery codes by', (hand) => setUpTotp(hand)],
  ['sign in with a code, or in another way', (hand) => signInWithSecondFactor(hand)],
  ['find an application, and let it see who one is', (hand, house) => findAndConsent(hand, house)],
  ['name a device', (hand) => nameDevice(hand)],
  ['make a token and take it back', (hand) => makeToken(hand)],
  [
    'connect an application by its recipe, edit it, say who may open it, and delete it',
    (hand) => manage(hand),
  ],
  ['put an application behind a proxy', (hand) => protect(hand)],
  ['invite somebody, who makes an account', (hand) => invite(hand)],
  ['choose a new password by mail', (hand, house) => recover(hand, house)],
];

const pathOf = ({ page }: Hand) => new URL(page.url()).pathname;
const heading = ({ page }: Hand) => page.getByRole('heading', { level: 1 }).textContent();

async function typePassword(hand: Hand, password = DEMO_PASSWORD): Promise<void> {
  await hand.open(SIGN_IN);
  await hand.type('Username or email', 'anna');
  await hand.press('Continue');
  await hand.type('Password', password);
  await hand.press('Log in');
}

async function signOut(hand: Hand): Promise<void> {
  await hand.open('/if/user/');
  await hand.unfold('Your account');
  await hand.press('Sign out');
  expect(await heading(hand)).toBe('You are signed out');
}

async function signInWithPassword(hand: Hand): Promise<void> {
  await typePassword(hand, 'not the password');
  await hand.page.locator('#field-password-error').waitFor();
  await hand.type('Password', DEMO_PASSWORD);
  await hand.tick('Stay signed in on this device');
  await hand.press('Log in');
  expect(pathOf(hand)).toBe('/if/user/');
}

async function setUpTotp(hand: Hand): Promise<void> {
  await hand.open('/if/user/devices/');
  await hand.press('Add');
  await hand.press('Set up an authenticator app');
  await hand.unfold('I cannot scan it');
  kept.secret = String(await hand.page.locator('.copy-value code').textContent()).replaceAll(' ', '');
  await hand.type('Code that the app shows', '000000');
  await hand.press('Add');
  await hand.type('Code that the app shows', codeOf(kept.secret));
  await hand.press('Add');
  await hand.press('Make new codes');
  const codes = String(await hand.page.locator('.recovery-codes code').textContent());
  kept.recoveryCode = codes.trim().split(/\s+/)[0] ?? '';
  await hand.press('I have put them by');
  expect(pathOf(hand)).toBe('/if/user/devices/');
}

async function signInWithSecondFactor(hand: Hand): Promise<void> {
  await signOut(hand);
  await typePassword(hand);
  await hand.type('Code', '000000');
  await hand.press('Continue');
  await hand.type('Code', codeOf(kept.secret, 30));
  await hand.press('Continue');
  expect(pathOf(hand)).toBe('/if/user/');
  await signOut(hand);
  await typePassword(hand);
  await hand.press('Another way');
  await hand.press(/^Recovery code/);
  await hand.type('Recovery code', kept.recoveryCode);
  await hand.press('Continue');
  expect(pathOf(hand)).toBe('/if/user/');
}

async function findAndConsent(hand: Hand, { origin }: House): Promise<void> {
  await hand.open('/if/user/');
  await hand.type('Search applications', 'calen');
  await hand.press('Search');
  expect(await hand.page.locator('.tile-name').allTextContents()).toEqual(['Calendar']);
  await hand.open(authorize('almanac', `${origin}/callback`));
  await hand.press('Accept');
  expect(new URL(hand.page.url()).searchParams.get('code')).toMatch(/./);
  await hand.open('/if/user/consents/');
  await hand.press(/Almanac$/);
  expect(await hand.page.locator('.empty').count()).toBe(1);
}

async function nameDevice(hand: Hand): Promise<void> {
  await hand.open('/if/user/devices/');
  await hand.press(/^Change|^Edit/);
  await hand.type('Name', '');
  await hand.type('Name', 'Telephone');
  await hand.press('Save');
  await hand.page.getByText('Telephone').first().waitFor();
}

async function makeToken(hand: Hand): Promise<void> {
  await hand.open('/if/user/tokens/');
  await hand.press('Add');
  await hand.type('What is it for?', 'Backup');
  await hand.press(/^Create|^Make/);
  expect(await hand.page.locator('.copy-value code').last().textContent()).toMatch(/\S{20}/);
  await hand.open('/if/user/tokens/');
  await hand.unfold('Take back');
  await hand.press('Take back Backup');
  expect(await hand.page.locator('.empty').count()).toBe(1);
}

async function manage(hand: Hand): Promise<void> {
  await hand.open('/if/admin/applications/create/');
  await hand.press(/Miniflux/);
  await hand.type('Its address', 'nowhere');
  await hand.press('Connect Miniflux');
  await hand.type('Its address', 'https://news.example.com');
  await hand.press('Connect Miniflux');
  await hand.open('/if/admin/applications/miniflux/');
  await hand.press('Edit');
  await hand.type(/^Description/, 'News of the day');
  await hand.press('Save');
  await hand.type('Allow a person', 'bert');
  await hand.page.keyboard.press('Enter');
  await hand.page.getByRole('link', { name: 'Bert Lind' }).waitFor();
  await hand.press('Delete this application');
  await hand.press('Delete Miniflux');
  expect(await hand.page.getByText('Miniflux', { exact: true }).count()).toBe(0);
}

async function protect(hand: Hand): Promise<void> {
  await hand.open('/if/admin/applications/create/proxy/');
  await hand.press('Choose: One service behind my proxy');
  await hand.type('Name', 'Radio');
  await hand.type('Address for browsers', 'https://radio.example.com');
  await hand.unfold('The sign-in at the service');
  await hand.tick('Send only people to the sign-in, not scripts');
  await hand.unfold('Programs without a browser');
  await hand.tick('Calendar');
  await hand.press('New application');
  const settings = await hand.page.locator('dl').first().textContent();
  expect(settings).toMatch(/Only people are sent to the sign-in\s*No/);
  expect(settings).toContain('Calendar');
  expect(await hand.page.locator('pre').first().textContent()).toContain('radio.example.com');
}

async function invite(hand: Hand): Promise<void> {
  await hand.open('/if/admin/invitations/create/');
  await hand.type('Name', 'for-gina');
  await hand.tick('Family');
  await hand.press('New invitation');
  const link = new URL(String(await hand.page.locator('.copy-value code').textContent()));
  await signOut(hand);
  await hand.open(link.pathname + link.search);
  await hand.type('Username', 'gina');
  await hand.type('Password', DEMO_PASSWORD);
  await hand.type('Password, once more', DEMO_PASSWORD);
  await hand.press('Create account');
  expect(pathOf(hand)).toBe('/if/user/');
  await signOut(hand);
}

async function recover(hand: Hand, { mail }: House): Promise<void> {
  await hand.open(SIGN_IN);
  await hand.type('Username or email', 'bert');
  await hand.press('Continue');
  await hand.press('Forgot your password?');
  await hand.type('Username or email', 'bert');
  await hand.press('Send me the link');
  const link = linkIn(await mail.take('Choose a new password'));
  await hand.open(link.pathname + link.search);
  await hand.press('Continue');
  await hand.type('New password', NEW_PASSWORD);
  await hand.type('Password, once more', NEW_PASSWORD);
  await hand.press('Save and sign in');
  expect(pathOf(hand)).toBe('/if/user/');
}
