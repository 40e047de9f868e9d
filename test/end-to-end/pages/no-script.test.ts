// Everything but passkeys works in a browser that runs no JavaScript.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { hasChromium, type Visitor } from '../../support/chromium.ts';
import { flows, furnish, setUp } from './flows.ts';
import { type Hand, mouse } from './hand.ts';
import { type House, openHouse, PATIENCE_MILLISECONDS } from './house.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
const whenInstalled = hasChromium || process.env.CI ? describe : describe.skip;

whenInstalled('without JavaScript, one can', () => {
  let house: House;
  let visitor: Visitor;
  let hand: Hand;
  beforeAll(async () => {
    house = await openHouse();
    await furnish(house);
    visitor = await house.chromium.visitor({ javaScriptEnabled: false, locale: 'en' });
    hand = mouse(visitor.page, house.origin);
  });
  afterAll(() => house?.close());

  it('create the administrator', async () => {
    const fresh = await openHouse({ isSetUp: false });
    const first = await fresh.chromium.visitor({ javaScriptEnabled: false, locale: 'en' });
    await setUp(mouse(first.page, fresh.origin), fresh);
    await fresh.close();
  });

  it.each(flows)('%s', (_what, walk) => walk(hand, house));

  it('read why a passkey cannot be made here', async () => {
    await hand.open('/if/user/devices/add/webauthn/');
    expect(await hand.page.getByText('Passkeys need JavaScript').isVisible()).toBe(true);
    expect(await hand.page.getByRole('button', { name: 'Continue' }).count()).toBe(0);
  });
});
