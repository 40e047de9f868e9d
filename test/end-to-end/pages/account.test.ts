// Every page of the portal, looked at: see inspection.ts for what is looked for.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DEMO_PASSWORD } from '../../../prisma/seed.ts';
import { codeOf } from '../../signin/stage/authenticator-app.ts';
import { addKey, giveAuthenticator } from '../../signin/stage/passkeys.ts';
import { createPerson } from '../../support/api-client.ts';
import { hasChromium } from '../../support/chromium.ts';
import { createShowcase, LONG } from '../../support/showcase.ts';
import { authorize, type House, openHouse, PATIENCE_MILLISECONDS } from './house.ts';
import { unseen } from './page-routes.ts';
import type { Tour } from './tour.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
const whenInstalled = hasChromium || process.env.CI ? describe : describe.skip;
const PORTAL = '/if/user/';

whenInstalled('the pages of the portal', () => {
  let house: House;
  let newcomer: Tour;
  let anna: Tour;
  beforeAll(async () => {
    house = await openHouse();
    const person = { username: 'newcomer', name: '', email: 'new@example.com', password: DEMO_PASSWORD };
    await createPerson(house.api, person);
    newcomer = await house.signedIn('newcomer', DEMO_PASSWORD);
  });
  afterAll(() => house?.close());
  afterEach(() => expect([newcomer, anna].flatMap((tour) => tour?.takeFaults() ?? [])).toEqual([]));

  const look = async (...addresses: string[]) => {
    for (const address of addresses) await anna.open(`${PORTAL}${address}`);
  };
  const send = async (address: string, typed: Record<string, string>, form?: string) => {
    await anna.page.goto(`${house.origin}${PORTAL}${address}`);
    await anna.submit(typed, form);
    await anna.look();
  };

  it('are sound while there is nothing yet', async () => {
    for (const page of ['', 'devices/', 'devices/recovery-codes/', 'consents/', 'tokens/', 'sessions/']) {
      await newcomer.open(`${PORTAL}${page}`);
    }
    await createShowcase(house.api);
    const elsewhere = await house.signedIn('anna', DEMO_PASSWORD);
    await elsewhere.leave();
    anna = await house.signedIn('anna', DEMO_PASSWORD);
  });

  it('show the applications, whatever they are called', async () => {
    await look('', '?search=photos', '?search=nothing-like-it');
    const wilhelmina = await house.signedIn(LONG.username, DEMO_PASSWORD);
    for (const page of ['', 'profile/', 'sessions/']) await wilhelmina.open(`${PORTAL}${page}`);
    expect(wilhelmina.takeFaults()).toEqual([]);
    await wilhelmina.leave();
  });

  it('take a new name, address and password, and say what is wrong with them', async () => {
    await look('profile/', 'profile/email/', 'password/');
    await send('profile/', { name: 'x'.repeat(300) });
    await send('profile/', { name: 'Anna Lind' });
    await send('profile/email/', { email: 'nowhere' });
    await send('password/', { old_password: 'wrong', password: 'password', password_repeat: 'other' });
  });

  it('add devices, name and remove them', async () => {
    await look('devices/add/', 'devices/add/webauthn/');
    await anna.page.goto(`${house.origin}${PORTAL}devices/add/`);
    await anna.submit({}, 'form[action$="/totp/begin/"]');
    await anna.look();
    await anna.submit({ code: '000000', name: '' }, 'form:has([name="code"])');
    await anna.look();
    const secret = await anna.page.locator('.totp-secret .copy-value code').textContent();
    const code = codeOf(String(secret).replaceAll(' ', ''));
    await anna.submit({ code, name: 'Telephone' }, 'form:has([name="code"])');
    await anna.look();
    await anna.submit({});
    await anna.look();
    await anna.page.goto(`${house.origin}${PORTAL}devices/add/`);
    await anna.submit({}, 'form[action$="/email/begin/"]');
    await anna.look();
    await giveAuthenticator(anna.page);
    await addKey(anna, house.origin, 'The grey key on the key ring, with a scratch');
    await look('devices/', 'devices/recovery-codes/');
    await anna.page.goto(`${house.origin}${PORTAL}devices/`);
    const links = await anna.page.evaluate(
      `[...document.querySelectorAll('li a.button')].map(({ pathname }) => pathname)`,
    );
    for (const address of links as string[]) await anna.open(address);
    await anna.submit({ name: '' });
    await anna.look();
  });

  it('make keys for programs, and show them once', async () => {
    await look('tokens/create/');
    await send('tokens/create/', { description: '' });
    await send('tokens/create/', { description: 'Backup of the archive on the machine in the cellar' });
    await look('tokens/');
  });

  it('list permissions, sessions and what has happened', async () => {
    await anna.page.goto(house.origin + authorize('calendar'));
    await anna.submit({});
    await look('consents/', 'sessions/', 'activity/');
  });

  it('were all looked at', () => {
    expect(unseen(house.gatelodge, 'account', [newcomer, anna])).toEqual([]);
  });
});
