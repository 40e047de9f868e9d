// Every page on the way in and out, of protocols and of refusals, looked at: see inspection.ts for what is looked for.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DEMO_CLIENT_SECRET, DEMO_PASSWORD } from '../../../prisma/seed.ts';
import { setMfaDemand } from '../../../src/identity/access/mfa-demand.ts';
import { codeOf, giveTotp } from '../../signin/stage/authenticator-app.ts';
import { addKey, giveAuthenticator } from '../../signin/stage/passkeys.ts';
import { createOidcApplication, createPerson } from '../../support/api-client.ts';
import { hasChromium } from '../../support/chromium.ts';
import { linkIn } from '../../support/mail-sink.ts';
import { createShowcase, LONG } from '../../support/showcase.ts';
import { authorize, type House, openHouse, PATIENCE_MILLISECONDS, SIGN_IN } from './house.ts';
import { unseen } from './page-routes.ts';
import type { Tour } from './tour.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
const whenInstalled = hasChromium || process.env.CI ? describe : describe.skip;
const RECOVERY = '/if/flow/default-recovery-flow/';
const ENROLMENT = '/if/flow/default-enrollment-flow/';
/** More than anybody is given. */
const MOST_GUESSES = 40;
const CODE = 'form:has([name="code"])';
const SIGN_OUT = '/if/flow/default-invalidation-flow/';

whenInstalled('the pages on the way in and out', () => {
  let house: House;
  let tour: Tour;
  const tours: Tour[] = [];
  beforeAll(async () => {
    house = await openHouse();
    await createShowcase(house.api);
    const gallery = {
      name: 'Gallery',
      slug: 'gallery',
      clientId: 'gallery',
      clientSecret: DEMO_CLIENT_SECRET,
    };
    const logout = { logout_uri: 'https://gallery.example.com/logout', logout_method: 'frontchannel' };
    const redirectUris = ['https://gallery.example.com/callback'];
    await createOidcApplication(house.api, { ...gallery, redirectUris, provider: logout });
    const email = 'otto@example.com';
    await createPerson(house.api, { username: 'otto', name: 'Otto', email, password: DEMO_PASSWORD });
    const bert = await house.signedIn('bert', DEMO_PASSWORD);
    await giveAuthenticator(bert.page);
    await addKey(bert, house.origin, "Bert's telephone");
    await giveTotp(house.gatelodge, await idOf('bert'));
    await bert.page.goto(`${house.origin}/if/user/devices/recovery-codes/`);
    await bert.submit({});
    await bert.leave();
  });
  afterAll(() => house?.close());
  afterEach(async () => {
    await tour.leave();
    expect(tours.flatMap((each) => each.takeFaults())).toEqual([]);
  });

  const idOf = async (username: string) => {
    const { results } = await house.api('GET', `core/users/?username=${username}`);
    return Number((results as { pk: number }[])[0]?.pk);
  };
  const begin = async (address: string, at = house) => {
    tour = await at.begin();
    tours.push(tour);
    await tour.open(address);
  };
  /** Sends what is typed and looks at what comes of it. */
  const send = async (typed: Record<string, string>, form?: string, button?: string) => {
    await tour.submit(typed, form, button);
    await tour.look();
  };
  const signIn = async (username: string) => {
    await tour.submit({ uid_field: username });
    await tour.submit({ password: DEMO_PASSWORD });
  };

  it('are sound on the first day', async () => {
    const fresh = await openHouse({ isSetUp: false });
    await begin('/if/flow/initial-setup/', fresh);
    await send({ username: '', email: 'nowhere', password: 'short', password_repeat: 'other' });
    await send({ username: 'anna', password: DEMO_PASSWORD, password_repeat: DEMO_PASSWORD });
    await fresh.close();
  });

  it('ask for name and password, and say no to wrong ones', async () => {
    await begin(SIGN_IN);
    await send({ uid_field: '' });
    await send({ uid_field: 'anna' });
    await send({ password: 'wrong' });
    await send({ password: DEMO_PASSWORD });
    await tour.open(`${SIGN_IN}?again=1&next=/if/user/password/`);
  });

  it('ask for a second factor, in any of the ways there are', async () => {
    await begin('/if/user/');
    await signIn('bert');
    await tour.look();
    await tour.submit({}, 'form:has([value="another"])');
    await tour.look();
    for (const factor of ['totp', 'recovery-code', 'webauthn']) {
      await send({}, 'main form', `[value="${factor}"]`);
      if (factor !== 'webauthn') await send({ code: '000000' });
      await tour.submit({}, 'form:has([value="another"])');
    }
  });

  it('have a second factor set up when it is demanded', async () => {
    const { db, changes } = house.gatelodge.deps;
    await setMfaDemand(db, changes, 'everybody');
    await begin(SIGN_IN);
    await signIn('otto');
    await tour.look();
    await send({}, 'main form', '[value="webauthn"]');
    await tour.submit({}, 'form:has([value="another"])');
    await send({}, 'main form', '[value="email"]');
    await tour.submit({}, 'form:has([value="another"])');
    await send({}, 'main form', '[value="totp"]');
    await send({ code: '000000' }, CODE);
    const secret = await tour.page.locator('.totp-secret .copy-value code').textContent();
    await send({ code: codeOf(String(secret).replaceAll(' ', '')) }, CODE);
    await tour.leave();

    await begin(SIGN_IN);
    await signIn(LONG.username);
    await setMfaDemand(db, changes, 'nobody');
    // Nothing is left to ask, and a mere look may not end it.
    await tour.open(SIGN_IN + new URL(tour.page.url()).search);
  });

  it('help whoever has forgotten the password', async () => {
    await begin(RECOVERY);
    await send({ uid_field: '' });
    await send({ uid_field: LONG.username });
    const { pathname, search } = linkIn(await house.mail.take('Choose a new password'));
    await tour.open(pathname + search);
    await send({});
    await send({ password: 'short', password_repeat: 'other' });
    await send({ password: 'velvet harbour moss', password_repeat: 'velvet harbour moss' });
    await tour.open(pathname + search);
  });

  it('let those in who are invited', async () => {
    const { pk } = await house.api('POST', 'stages/invitation/invitations/', {
      name: 'for-all',
      single_use: true,
    });
    await begin(`${ENROLMENT}?itoken=${pk}`);
    await send({ username: '', email: 'nowhere', password: 'short', password_repeat: 'other' });
    await send({ username: 'gina', email: '', password: DEMO_PASSWORD, password_repeat: DEMO_PASSWORD });
    await tour.open(`${ENROLMENT}?itoken=${pk}`);
    await tour.open(ENROLMENT);
  });

  it('confirm an address', async () => {
    await begin(SIGN_IN);
    await signIn('anna');
    await tour.page.goto(`${house.origin}/if/user/profile/email/`);
    await tour.submit({ email: 'anna.lind@example.com' });
    const { pathname, search } = linkIn(await house.mail.take('Confirm your e-mail address'));
    await tour.open(pathname + search);
    await send({});
  });

  it('ask for consent, and explain what a service has got wrong', async () => {
    await begin(authorize('calendar'));
    await signIn('anna');
    await tour.look();
    await tour.open(authorize('gitea', 'https://gitea.example.com/somewhere/else'));
    await tour.open(authorize('nobody-knows-this-client'));
    await tour.open(`${authorize('gitea')}&response_mode=unheard-of`);
    await tour.open('/application/o/interaction/gone/');
  });

  it('refuse who may not open an application, and say why', async () => {
    await begin(authorize('vault'));
    await signIn('guest');
    await tour.look();
  });

  it('sign a device in', async () => {
    const body = new URLSearchParams({ client_id: 'television', scope: 'openid profile' });
    const authorization = `Basic ${Buffer.from(`television:${DEMO_CLIENT_SECRET}`).toString('base64')}`;
    const ask = async () => {
      const url = `${house.origin}/application/o/device/`;
      const answer = await fetch(url, { method: 'POST', body, headers: { authorization } });
      return ((await answer.json()) as { user_code: string }).user_code;
    };
    await begin('/device');
    await signIn('anna');
    await tour.look();
    await send({ code: 'WRON-GONE' });
    await send({ code: await ask() });
    await send({}, 'main form', '[value="accept"]');
    await tour.open(`/device?code=${await ask()}`);
    await send({});
    await send({}, 'main form', '[value="decline"]');
  });

  it('say goodbye', async () => {
    await begin(SIGN_IN);
    await signIn('anna');
    await tour.open('/application/o/calendar/end-session/');
    await send({});
    await tour.open(SIGN_IN);
    await signIn('anna');
    await tour.page.request.get(house.origin + authorize('gallery'), { maxRedirects: 0 });
    await tour.open(SIGN_OUT);
    await send({});
    await tour.open(SIGN_OUT);
  });

  it('explain what cannot be had', async () => {
    await begin('/a/page/that/is/not/there');
    await tour.open(SIGN_IN);
    await signIn('guest');
    await tour.open('/if/admin/');
  });

  it('say when there was too much of something, and when something is broken', async () => {
    await begin('/device');
    await signIn('guest');
    for (let guess = 0; guess < MOST_GUESSES && tour.status !== 429; guess += 1) {
      await tour.page.goto(`${house.origin}/device`);
      await tour.submit({ code: 'WRON-GONE' });
    }
    await tour.look();
    const { db } = house.gatelodge.deps;
    await db.$executeRaw`ALTER TABLE events RENAME TO elsewhere`;
    await tour.open('/if/user/activity/');
    await db.$executeRaw`ALTER TABLE elsewhere RENAME TO events`;
  });

  it('were all looked at', () => {
    expect(unseen(house.gatelodge, 'signin', tours)).toEqual([]);
  });
});
