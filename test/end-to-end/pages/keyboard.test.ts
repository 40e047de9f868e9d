// Everything works with nothing but the keyboard; hand.ts sees to it that the focus is visible and goes in order.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DEMO_PASSWORD } from '../../../prisma/seed.ts';
import { addKey, giveAuthenticator } from '../../signin/stage/passkeys.ts';
import { hasChromium } from '../../support/chromium.ts';
import { flows, furnish, setUp } from './flows.ts';
import { type Hand, keyboard, tabTo } from './hand.ts';
import { type House, openHouse, PATIENCE_MILLISECONDS, SIGN_IN } from './house.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
const whenInstalled = hasChromium || process.env.CI ? describe : describe.skip;

whenInstalled('with the keyboard alone, one can', () => {
  let house: House;
  let hand: Hand;
  beforeAll(async () => {
    house = await openHouse();
    await furnish(house);
    hand = await atKeyboard(house);
  });
  afterAll(() => house?.close());

  async function atKeyboard({ chromium, origin }: House): Promise<Hand> {
    const { page } = await chromium.visitor({ locale: 'en' });
    return keyboard(page, origin);
  }
  const focused = () => hand.page.locator(':focus');

  it('create the administrator', async () => {
    const fresh = await openHouse({ isSetUp: false });
    await setUp(await atKeyboard(fresh), fresh);
    await fresh.close();
  });

  it.each(flows)('%s', (_what, walk) => walk(hand, house));

  it('skip what stands on every page', async () => {
    await hand.open('/if/user/');
    await hand.page.keyboard.press('Tab');
    expect(await focused().textContent()).toBe('Skip to content');
    await hand.page.keyboard.press('Enter');
    await hand.page.keyboard.press('Tab');
    expect(await focused().getAttribute('id')).toBe('search');
  });

  it('leave a menu and a question by Escape, and be where one was', async () => {
    await hand.open('/if/user/sessions/');
    for (const name of ['Your account', 'Sign out everywhere']) {
      await hand.unfold(name);
      await hand.page.keyboard.press('Tab');
      expect(await hand.page.locator('details[open]').count()).toBe(1);
      await hand.page.keyboard.press('Escape');
      expect(await hand.page.locator('details[open]').count()).toBe(0);
      expect(await focused().textContent()).toContain(name);
    }
  });

  it('go on at the first field that is wrong', async () => {
    await hand.open('/if/user/password/');
    await hand.type('Present password', 'wrong');
    await hand.type('New password', DEMO_PASSWORD);
    await hand.type('Password, once more', DEMO_PASSWORD);
    await hand.press('Change the password');
    expect(await focused().getAttribute('name')).toBe('old_password');
    expect(await focused().getAttribute('aria-describedby')).toBe('field-old_password-error');
  });

  it('sign in with a passkey', async () => {
    const guest = await atKeyboard(house);
    await giveAuthenticator(guest.page);
    await guest.open(SIGN_IN);
    await guest.type('Username or email', 'guest');
    await guest.press('Continue');
    await guest.type('Password', DEMO_PASSWORD);
    await guest.press('Log in');
    await addKey(guest, house.origin, 'Key');
    await guest.page.context().clearCookies();
    await guest.page.addInitScript(
      'PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);',
    );
    await guest.open(SIGN_IN);
    await tabTo(guest.page, guest.page.getByRole('button', { name: 'Sign in with a passkey' }));
    await guest.page.keyboard.press('Enter');
    await guest.page.waitForURL(`${house.origin}/if/user/`);
  });
});
