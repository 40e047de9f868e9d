// Wherever somebody signs out in this browser, the page that loads the services' own sign-outs comes before the next one.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser } from '../../support/browser.ts';
import type { Page } from '../../support/page.ts';
import { ANNA, AUTH, type Gate, openGate, PASSWORD, signIn as signInAtGate } from '../outpost/gate.ts';
import { REDIRECT_URI } from './service.ts';

const LOGOUT = 'https://service.test/frontchannel';
const APPLICATION = 'http://app.home.test';

describe('Front-channel logout', () => {
  let gate: Gate;
  let browser: Browser;

  beforeAll(async () => {
    gate = await openGate();
    await gate.api('PUT', 'core/transactional/applications/', {
      app: { name: 'Wiki', slug: 'wiki' },
      provider_model: 'authentik_providers_oauth2.oauth2provider',
      provider: {
        name: 'wiki',
        client_id: 'wiki',
        redirect_uris: [{ matching_mode: 'strict', url: REDIRECT_URI }],
        logout_uri: LOGOUT,
        logout_method: 'frontchannel',
      },
    });
    await gate.protect({ slug: 'app', externalHost: APPLICATION });
  });
  afterAll(() => gate.gatelodge.stop());

  /** Signed in at the wiki, and at the application behind the gate. */
  beforeEach(async () => {
    browser = gate.browser({ [APPLICATION]: gate.origin });
    const query = new URLSearchParams({
      client_id: 'wiki',
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'openid',
    });
    const first = await browser.visit(`${AUTH}/application/o/authorize/?${query}`);
    const asked = await first.form().submit({ uid_field: ANNA.username }, { follow: true });
    let page = await asked.form().submit({ password: PASSWORD });
    while (page.location?.origin === AUTH) page = await page.followRedirect();
    expect(page.location?.searchParams.get('code')).toBeTruthy();
  });

  function expectFrame(page: Page, next: string): void {
    const frame = page.document.querySelector('iframe')?.getAttribute('src') ?? '';
    expect(frame).toContain(`${LOGOUT}?iss=${encodeURIComponent(`${AUTH}/application/o/wiki/`)}`);
    expect(page.document.querySelector('meta[http-equiv="refresh"]')?.getAttribute('content')).toBe(
      `3;url=${next}`,
    );
  }

  const sessionsPage = () => browser.visit(`${AUTH}/if/user/sessions/`);

  it('is done when somebody signs out everywhere', async () => {
    const page = await sessionsPage();
    expectFrame(await page.form('form[action$="/end-all/"]').submit({}, { follow: true }), '/if/user/');
    expect((await sessionsPage()).url.pathname).toMatch(/^\/if\/flow\//);
  });

  it('is done when somebody signs out at an application behind the gate', async () => {
    const start = await browser.visit(`${APPLICATION}/outpost.goauthentik.io/start`, { follow: true });
    expect(start.url.origin).toBe(APPLICATION);
    const target = `${APPLICATION}/bye`;
    const page = await browser.visit(`${APPLICATION}/outpost.goauthentik.io/sign_out?rd=${target}`);
    expect(page.url.origin).toBe(AUTH);
    expectFrame(page, target);
    expect((await sessionsPage()).url.pathname).toMatch(/^\/if\/flow\//);
  });

  it('is left out when nobody has to be told so', async () => {
    const other = gate.browser({ [APPLICATION]: gate.origin });
    await signInAtGate(await other.visit(`${APPLICATION}/outpost.goauthentik.io/start`), ANNA.username);
    const page = await other.get(`${APPLICATION}/outpost.goauthentik.io/sign_out?rd=${APPLICATION}/bye`);
    expect(page.location?.href).toBe(`${APPLICATION}/bye`);
  });
});
