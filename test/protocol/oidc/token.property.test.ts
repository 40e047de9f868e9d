// What a code or token may not be used for (shared security.md, "OpenID Connect").
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { updateUser } from '../../../src/identity/user/user.ts';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import type { Page } from '../../support/page.ts';
import {
  authorizationUrl,
  REDIRECT_URI,
  recordedEvents,
  registerService,
  registerUser,
  type Service,
  signIn,
  walk,
} from './service.ts';

const OFFLINE = { scope: 'openid profile offline_access' };

everyBackend('Codes and tokens', (backend) => {
  let gatelodge: Gatelodge;
  let service: Service;
  let other: Service;
  let publicService: Service;
  let alice: number;
  let browser: Browser;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    service = await registerService(gatelodge, 'wiki');
    other = await registerService(gatelodge, 'other');
    publicService = await registerService(gatelodge, 'desktop', { clientType: 'public' });
    alice = await registerUser(gatelodge, 'alice');
  });
  beforeEach(() => {
    browser = gatelodge.browser();
  });
  afterAll(() => gatelodge.stop());

  async function getCode(from: Service, parameters: Record<string, string> = {}) {
    const { url, checks } = await authorizationUrl(from, parameters);
    const page = await walk(browser, url.href);
    return { code: page.location?.searchParams.get('code') ?? '', verifier: checks.pkceCodeVerifier };
  }

  function requestToken(as: Service, fields: Record<string, string>): Promise<Page> {
    const basic = Buffer.from(`${as.clientId}:${as.clientSecret}`).toString('base64');
    const headers = { authorization: `Basic ${basic}` };
    return gatelodge.browser().post('/application/o/token/', fields, { headers });
  }

  function redeem(as: Service, code: string, fields: Record<string, string>): Promise<Page> {
    return requestToken(as, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      ...fields,
    });
  }

  function refresh(as: Service, token: string): Promise<Page> {
    return requestToken(as, { grant_type: 'refresh_token', refresh_token: token });
  }

  async function userinfoStatus(accessToken: string): Promise<number> {
    const headers = { authorization: `Bearer ${accessToken}` };
    return (await gatelodge.browser().get('/application/o/userinfo/', { headers })).status;
  }

  it('takes a code once, and revokes what it brought when it comes again', async () => {
    const { code, verifier } = await getCode(service);
    const first = await redeem(service, code, { code_verifier: verifier });
    const { access_token: token } = first.json<{ access_token: string }>();
    expect(await userinfoStatus(token)).toBe(200);
    const second = await redeem(service, code, { code_verifier: verifier });
    expect([second.status, second.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
    expect(await userinfoStatus(token)).toBe(401);
    expect(await recordedEvents(gatelodge, 'suspicious_request')).toContain('used twice');
  });

  it('takes a code only from the client that it was issued to', async () => {
    const { code, verifier } = await getCode(service);
    expect((await redeem(other, code, { code_verifier: verifier })).json()).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('refuses a verifier that is missing, wrong, or was never announced', async () => {
    const missing = await getCode(service);
    expect((await redeem(service, missing.code, {})).json()).toMatchObject({ error: 'invalid_grant' });
    const wrong = await getCode(service);
    const stranger = openid.randomPKCECodeVerifier();
    const answer = await redeem(service, wrong.code, { code_verifier: stranger });
    expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
    const unannounced = await getCodeWithoutPkce(service);
    const downgraded = await redeem(service, unannounced, { code_verifier: stranger });
    expect(downgraded.json()).toMatchObject({ error: 'invalid_grant' });
  });

  async function getCodeWithoutPkce(from: Service): Promise<string> {
    const { url } = await authorizationUrl(from);
    url.searchParams.delete('code_challenge');
    url.searchParams.delete('code_challenge_method');
    const page = await walk(browser, url.href);
    return page.location?.searchParams.get('code') ?? '';
  }

  it('refuses plain challenges, and public clients without one', async () => {
    const plain = await authorizationUrl(service, { code_challenge_method: 'plain' });
    const refused = await browser.get(plain.url.href);
    expect(refused.location?.searchParams.get('error')).toBe('invalid_request');
    const { url } = await authorizationUrl(publicService);
    url.searchParams.delete('code_challenge');
    url.searchParams.delete('code_challenge_method');
    const page = await browser.get(url.href);
    expect(page.location?.searchParams.get('error')).toBe('invalid_request');
  });

  it('binds a code to its redirect URI', async () => {
    const { code, verifier } = await getCode(service);
    const answer = await redeem(service, code, {
      code_verifier: verifier,
      redirect_uri: `${REDIRECT_URI}/`,
    });
    expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('answers a wrong secret and an unknown client with 401 and a Basic challenge', async () => {
    const wrong = await redeem({ ...service, clientSecret: 'wrong' }, 'x', {});
    const unknown = await redeem({ ...service, clientId: 'nobody' }, 'x', {});
    for (const page of [wrong, unknown]) {
      expect([page.status, page.json()]).toMatchObject([401, { error: 'invalid_client' }]);
      expect(page.headers['www-authenticate']).toMatch(/^Basic /);
    }
  });

  it('rotates refresh tokens, and revokes the family when an old one comes again', async () => {
    const tokens = await signIn(browser, service, OFFLINE);
    const first = tokens.refresh_token ?? '';
    const second = (await refresh(service, first)).json<{ refresh_token: string; access_token: string }>();
    expect(second.refresh_token).not.toBe(first);
    expect((await refresh(service, first)).json()).toMatchObject({ error: 'invalid_grant' });
    expect((await refresh(service, second.refresh_token)).json()).toMatchObject({ error: 'invalid_grant' });
    expect(await userinfoStatus(second.access_token)).toBe(401);
  });

  it('lets one of fifty parallel refreshes win, and revokes the family', async () => {
    const tokens = await signIn(browser, service, OFFLINE);
    const attempts = Array.from({ length: 50 }, () => refresh(service, tokens.refresh_token ?? ''));
    const answers = await Promise.all(attempts);
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    const refused = answers.filter(({ status }) => status === 400);
    expect(refused).toHaveLength(49);
    const won = winners[0]?.json<{ refresh_token: string }>();
    expect((await refresh(service, won?.refresh_token ?? '')).json()).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('lets one of fifty parallel uses of a code win, and revokes what it brought', async () => {
    const { code, verifier } = await getCode(service, OFFLINE);
    const attempts = Array.from({ length: 50 }, () => redeem(service, code, { code_verifier: verifier }));
    const answers = await Promise.all(attempts);
    const [winner, ...others] = answers.filter(({ status }) => status === 200);
    expect(others).toEqual([]);
    const refused = answers.filter(({ status }) => status !== 200);
    for (const answer of refused) {
      expect([answer.status, answer.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
    }
    const won = winner?.json<{ access_token: string; refresh_token: string }>();
    expect(await userinfoStatus(won?.access_token ?? '')).toBe(401);
    expect((await refresh(service, won?.refresh_token ?? '')).status).toBe(400);
  });

  it('lets access tokens die with the session, and offline refresh tokens live on', async () => {
    const tokens = await signIn(browser, service, OFFLINE);
    expect(await userinfoStatus(tokens.access_token)).toBe(200);
    await gatelodge.deps.sessions.endAllOf(alice);
    expect(await userinfoStatus(tokens.access_token)).toBe(401);
    const renewed = await refresh(service, tokens.refresh_token ?? '');
    expect(renewed.status).toBe(200);
    expect(await userinfoStatus(renewed.json<{ access_token: string }>().access_token)).toBe(200);
  });

  it('leaves nothing to a user who has been deactivated', async () => {
    const mallory = await registerUser(gatelodge, 'mallory');
    const tokens = await signIn(browser, service, { ...OFFLINE, username: 'mallory' });
    const pending = await getCode(service);
    await updateUser(gatelodge.deps.db, gatelodge.deps.changes, mallory, { isActive: false });
    expect(await userinfoStatus(tokens.access_token)).toBe(401);
    expect((await refresh(service, tokens.refresh_token ?? '')).status).toBe(400);
    expect((await redeem(service, pending.code, { code_verifier: pending.verifier })).status).toBe(400);
    const { url } = await authorizationUrl(service, { prompt: 'none' });
    expect((await browser.get(url.href)).location?.searchParams.get('error')).toBe('login_required');
  });

  it('refuses a token that was altered, or says that it needs no signature', async () => {
    const { access_token: token } = await signIn(browser, service);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
    const forged = [
      `${none}.${payload}.`,
      `${header}.${payload}.${'A'.repeat(signature.length)}`,
      `${token}A`,
    ];
    for (const value of forged) expect(await userinfoStatus(value)).toBe(401);
  });

  it('introspects and revokes a client’s own tokens, and never another’s', async () => {
    const tokens = await signIn(browser, service);
    const own = await openid.tokenIntrospection(service.config, tokens.access_token);
    expect(own).toMatchObject({ active: true, client_id: 'wiki', preferred_username: 'alice' });
    expect(await openid.tokenIntrospection(other.config, tokens.access_token)).toEqual({ active: false });
    await openid.tokenRevocation(other.config, tokens.access_token);
    expect(await userinfoStatus(tokens.access_token)).toBe(200);
    await openid.tokenRevocation(service.config, tokens.access_token);
    expect(await userinfoStatus(tokens.access_token)).toBe(401);
  });

  it('keeps nothing in the database that could be presented', async () => {
    const { access_token: token } = await signIn(browser, service);
    const rows = await gatelodge.deps.db.oidcArtefact.findMany();
    const dump = JSON.stringify(rows);
    expect(dump).not.toContain(token);
    expect(dump).not.toContain(token.split('.')[2]);
    expect(dump).not.toContain('alice');
  });
});
