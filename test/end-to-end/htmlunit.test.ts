// The pages of a sign-in as plain HTML forms, in the browser of the OpenID Foundation's conformance suite: password,
// second factor, consent and logout, with scripts and without.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import {
  authorizationUrl,
  PASSWORD,
  registerService,
  registerUser,
  type Service,
} from '../protocol/oidc/service.ts';
import { giveTotp } from '../signin/stage/authenticator-app.ts';
import { EMBEDDED } from '../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';
import { HtmlUnit, hasHtmlUnit, type OpenPage } from '../support/htmlunit.ts';

describe('The pages in HtmlUnit', () => {
  if (!hasHtmlUnit) return it.skip('needs HtmlUnit: run scripts/test-packages', () => {});

  let gatelodge: Gatelodge;
  let site: http.Server;
  let origin: string;
  let service: Service;
  let browser: HtmlUnit;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    site = http.createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<title>The service</title>');
    });
    await once(site.listen(0, '127.0.0.1'), 'listening');
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    const redirectUris = [
      { url: `${origin}/callback` },
      { url: `${origin}/goodbye`, purpose: 'logout' as const },
    ];
    service = await registerService(gatelodge, 'wiki', { redirectUris, consentMode: 'explicit' });
  });
  afterAll(async () => {
    site?.closeAllConnections();
    site?.close();
    await gatelodge?.stop();
  });

  const submit = () => browser.click('button.button-primary');

  /** From the service to the service, by way of every page in between; returns the ID token. */
  async function signIn(username: string): Promise<string> {
    const phone = await giveTotp(gatelodge, await registerUser(gatelodge, username));
    const { url, checks } = await authorizationUrl(service, { redirect_uri: `${origin}/callback` });
    await browser.visit(url.href);
    await browser.type('uid_field', username);
    await submit();
    await browser.type('password', PASSWORD);
    await submit();
    await browser.type('code', phone.code());
    await submit();
    const back = await browser.click('button[value=accept]');
    expect(back.title).toBe('The service');
    const tokens = await openid.authorizationCodeGrant(service.config, back.url, checks);
    return tokens.id_token ?? '';
  }

  const leave = (parameters: Record<string, string>): Promise<OpenPage> =>
    browser.visit(openid.buildEndSessionUrl(service.config, parameters).href);

  describe.each(['with-scripts', 'without-scripts'] as const)('%s', (scripts) => {
    beforeAll(() => {
      browser = new HtmlUnit(scripts);
    });
    afterAll(() => browser?.close());

    it('lead through password, code and consent, and out again without a question', async () => {
      const hint = await signIn(`anna-${scripts}`);
      const goodbye = `${origin}/goodbye`;
      const left = await leave({ id_token_hint: hint, post_logout_redirect_uri: goodbye, state: 'abc' });
      expect(left.url.href).toBe(`${goodbye}?state=abc`);
      expect((await browser.visit(`${gatelodge.origin}/if/user/`)).url.pathname).toContain('/if/flow/');
    });

    it('ask before signing out for nobody knows whom', async () => {
      await signIn(`bert-${scripts}`);
      const asked = await leave({});
      expect(asked.url.pathname).toContain('end-session');
      expect((await browser.visit(`${gatelodge.origin}/if/user/`)).url.pathname).toBe('/if/user/');
      await leave({});
      await submit();
      expect((await browser.visit(`${gatelodge.origin}/if/user/`)).url.pathname).toContain('/if/flow/');
    });
  });
});
