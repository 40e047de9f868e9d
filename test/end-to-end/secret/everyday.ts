// A day in the house, with every kind of secret in it: what administrators make, what people do, what services ask.
// Each secret is kept where it is first seen. Nothing is asserted here but that the day goes as it should.
import { createHash, randomBytes } from 'node:crypto';
import { codeOf } from '../../signin/stage/authenticator-app.ts';
import { createOidcApplication, createPerson } from '../../support/api-client.ts';
import type { Browser } from '../../support/browser.ts';
import { linkIn } from '../../support/mail-sink.ts';
import type { Page } from '../../support/page.ts';
import { APP, AUTH, type House, walk } from './house.ts';
import type { Secrets } from './traces.ts';

const SIGN_IN = '/if/flow/default-authentication-flow/';
const RECOVERY = '/if/flow/default-recovery-flow/';
const REDIRECT_URI = 'https://service.test/callback';
const SERVICE = { id: 'service', secret: 'given-client-secret/with+&signs=%' };

const sameTwice = (password: string) => ({ password, password_repeat: password });

/** What an administrator makes over the API: people, keys, clients, links. */
export async function administer({ api }: House, secrets: Secrets): Promise<{ invitation: string }> {
  const password = secrets.keep('password of anna', 'Quiet/walk+in & the "rain" = 1%');
  await createPerson(api, { username: 'anna', name: 'Anna', email: 'anna@home.test', password });
  const account = await api('POST', 'core/users/service_account/', { name: 'robot' });
  secrets.keep('app password of a service account', account.token);
  await api('POST', 'core/tokens/', { identifier: 'script' });
  secrets.keep('API token', (await api('GET', 'core/tokens/script/view_key/')).key);
  await api('POST', 'core/tokens/script/set_key/', {
    key: secrets.keep('chosen key', 'a-key-that-was-chosen-by-hand-1234'),
  });
  await createOidcApplication(api, {
    name: 'Service',
    slug: 'service',
    clientId: SERVICE.id,
    clientSecret: secrets.keep('client secret', SERVICE.secret),
    redirectUris: [REDIRECT_URI],
    provider: {
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials', DEVICE_CODE],
    },
  });
  const other = await api('POST', 'providers/oauth2/', { name: 'other', redirect_uris: [] });
  secrets.keep('generated client secret', other.client_secret);
  const proxy = await api('POST', 'providers/proxy/', { name: 'app', external_host: APP });
  await api('POST', 'core/applications/', { name: 'App', slug: 'app', provider: proxy.pk });
  const invitation = await api('POST', 'stages/invitation/invitations/', { name: 'family' });
  const users = await api('GET', 'core/users/?username=anna');
  const [anna] = users.results as { pk: number }[];
  const { link } = await api('POST', `core/users/${anna?.pk}/recovery/`, {});
  secrets.keep('recovery link of an administrator', tokenOf(new URL(String(link))));
  return { invitation: secrets.keep('invitation', invitation.pk) };
}

/** What people do in their browsers: sign in, set up factors, make app passwords, forget and change passwords. */
export async function live(house: House, secrets: Secrets, invitation: string): Promise<Browser> {
  const anna = house.browser();
  const password = 'Quiet/walk+in & the "rain" = 1%';
  await signIn(house.browser(), {
    uid_field: 'anna',
    password: secrets.keep('wrong guess', 'Not/my+password & wrong'),
  });
  await signIn(house.browser(), {
    uid_field: secrets.keep('password in the wrong field', 'my secret + name'),
    password: 'x1',
  });
  await signIn(anna, { uid_field: 'anna', password });
  await keepCookies(anna, secrets, 'anna');
  const totp = await setUpFactors(anna, secrets);
  await makeKeys(anna, secrets);

  const elsewhere = house.browser();
  await signIn(elsewhere, { uid_field: 'anna', password, code: codeOf(totp, 30) });
  await keepCookies(elsewhere, secrets, 'anna with a code');

  const sent = await anna.visit('/if/user/profile/email/');
  await sent.form('main form').submit({ email: 'anna@new.test' }, { follow: true });
  const confirm = linkIn(await house.sink.take('Confirm your e-mail address'));
  secrets.keep('link that confirms an address', tokenOf(confirm));
  await (await house.browser().visit(confirm.href)).form('main form').submit({}, { follow: true });

  const changed = secrets.keep('changed password', 'velvet+harbour & moss/4');
  const change = await anna.visit('/if/user/password/');
  await change.form('main form').submit({ old_password: password, ...sameTwice(changed) }, { follow: true });

  const guest = house.browser();
  const enrolling = await guest.visit(`/if/flow/default-enrollment-flow/?itoken=${invitation}`);
  const chosen = secrets.keep('password of a guest', 'a guest & a "lamp" + oil');
  await enrolling.form('main form').submit({ username: 'guest', ...sameTwice(chosen) }, { follow: true });
  await keepCookies(guest, secrets, 'guest');

  await recover(house, secrets);
  return anna;
}

async function setUpFactors(anna: Browser, secrets: Secrets): Promise<string> {
  const choice = await anna.visit('/if/user/devices/add/');
  const shown = await choice.form('form[action$="/begin/"]').submit({}, { follow: true });
  const totp = secrets.keep('TOTP secret', shown.text('.copy-value code').replaceAll(' ', ''));
  secrets.keep('TOTP secret as it is shown', shown.text('.copy-value code'));
  await shown.form('main form').submit({ name: 'Phone', code: codeOf(totp) }, { follow: true });
  const codes = await (await anna.visit('/if/user/devices/recovery-codes/')).form('main form').submit();
  for (const [index, code] of codes.text('.recovery-codes code').split(' ').entries()) {
    secrets.keep(`recovery code ${index}`, code);
    secrets.keep(`recovery code ${index} without hyphens`, code.replaceAll('-', ''));
  }
  return totp;
}

async function makeKeys(anna: Browser, secrets: Secrets): Promise<void> {
  for (const kind of ['app_password', 'api']) {
    const page = await anna.visit('/if/user/tokens/create/');
    const shown = await page.form(`form[aria-labelledby="${kind}"]`).submit({ description: kind });
    secrets.keep(kind, shown.document.querySelectorAll('.copy code').at(-1)?.textContent);
  }
}

async function recover({ sink, browser }: House, secrets: Secrets): Promise<void> {
  const page = await browser().visit(RECOVERY);
  await page.form('main form').submit({ uid_field: 'anna' }, { follow: true });
  const link = linkIn(await sink.take('Choose a new password'));
  secrets.keep('recovery link', tokenOf(link));
  await (await browser().visit(link.href)).form('main form').submit({}, { follow: true });
}

/** What services ask: codes, tokens, devices; rightly, and wrongly. */
export async function serve(house: House, secrets: Secrets, anna: Browser): Promise<void> {
  const verifier = secrets.keep('PKCE verifier', randomBytes(32).toString('base64url'));
  const query = new URLSearchParams({
    client_id: SERVICE.id,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid profile offline_access',
    state: secrets.keep('state', randomBytes(16).toString('base64url')),
    nonce: secrets.keep('nonce', randomBytes(16).toString('base64url')),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const back = await walk(await anna.get(`/application/o/authorize/?${query}`), {});
  const code = secrets.keep('code', back.location?.searchParams.get('code'));
  const redeem = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
  };
  const wrong = secrets.keep('wrong client secret', 'not the secret & never was');
  await ask(house, 'token', redeem, wrong);
  const first = keepTokens(await ask(house, 'token', redeem), secrets, 'first');
  const refreshed = await ask(house, 'token', { grant_type: 'refresh_token', refresh_token: first.refresh });
  const second = keepTokens(refreshed, secrets, 'second');
  for (const token of [first.access, second.access, second.refresh, `${second.access}x`]) {
    await ask(house, 'introspect', { token });
    await house.browser().get(`/application/o/userinfo/?access_token=${token}`);
    await house.browser().get('/application/o/userinfo/', { headers: { authorization: `Bearer ${token}` } });
  }
  await ask(house, 'token', { grant_type: 'refresh_token', refresh_token: first.refresh });
  await ask(house, 'token', redeem);
  await ask(house, 'revoke', { token: second.refresh });
  await ask(house, 'token', { grant_type: 'client_credentials', scope: 'openid' });
  const device = (await ask(house, 'device', { scope: 'openid' })).json<Record<string, unknown>>();
  const device_code = secrets.keep('device code', device.device_code);
  const user = secrets.keep('user code', device.user_code);
  await ask(house, 'token', { grant_type: DEVICE_CODE, device_code });
  await anna.visit(`/device?code=${user}`);
  await anna.visit(`/application/o/service/end-session/?id_token_hint=${first.id}x`);
}

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

function ask(
  house: House,
  endpoint: string,
  fields: Record<string, string>,
  secret = SERVICE.secret,
): Promise<Page> {
  const pair = `${encodeURIComponent(SERVICE.id)}:${encodeURIComponent(secret)}`;
  const headers = { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  return house.browser().post(`/application/o/${endpoint}/`, fields, { headers });
}

function keepTokens(answer: Page, secrets: Secrets, which: string) {
  const tokens = answer.json<Record<string, unknown>>();
  return {
    access: secrets.keep(`${which} access token`, tokens.access_token),
    refresh: secrets.keep(`${which} refresh token`, tokens.refresh_token),
    id: secrets.keep(`${which} ID token`, tokens.id_token),
  };
}

/** What passes the gate before an application: a person, a program, and strangers. */
export async function pass(house: House, secrets: Secrets, anna: Browser): Promise<void> {
  const at = `${APP}/outpost.goauthentik.io`;
  const credentials = secrets.keep('Basic credentials', `anna:${'wrong app password & more'}`);
  const basic = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const arrived = await walk(await anna.get(`${at}/start?rd=${encodeURIComponent(`${APP}/page`)}`), {});
  if (arrived.url.pathname !== '/page') throw new Error(`Not let in: ${arrived.url.href} ${arrived.text()}`);
  await keepCookies(anna, secrets, 'anna at the application', `${APP}/`);
  const asked = { headers: { 'x-original-url': `${APP}/`, 'x-forwarded-uri': '/?code=1' } };
  const answer = await anna.get(`${at}/auth/nginx`, asked);
  secrets.keep('identity token', answer.headers['x-authentik-jwt']);
  await house.browser().get(`${at}/auth/nginx`, { headers: { ...asked.headers, authorization: basic } });
}

/** What goes wrong, with secrets in it: malformed, misplaced, taken twice. */
export async function stumble(house: House, secrets: Secrets): Promise<void> {
  const password = secrets.keep('misplaced password', 'misplaced & "forgotten" + 7');
  const stranger = house.browser();
  const json = { 'content-type': 'application/json' };
  const path = '/api/v3/core/users/';
  const quoted = JSON.stringify({ password });
  await stranger.request('POST', path, { body: quoted.slice(0, -1), headers: json });
  await stranger.get(
    `/nowhere?password=${encodeURIComponent(password)}&token=${encodeURIComponent(password)}`,
  );
  await stranger.get(`${SIGN_IN}?next=${encodeURIComponent(`/?password=${encodeURIComponent(password)}`)}`);
  await stranger.get('/if/user/', {
    headers: { cookie: `gatelodge_session="${encodeURIComponent(password)}` },
  });
  await stranger.get('/api/v3/core/users/me/', {
    headers: { authorization: `Bearer ${encodeURIComponent(password)}` },
  });
  await stranger.post('/application/o/token/', quoted, { headers: json });
  const key = 'a-key-that-was-chosen-by-hand-1234';
  await house.api('POST', 'core/tokens/', { identifier: 'twice' });
  await house.api('POST', 'core/tokens/twice/set_key/', { key }).catch(() => undefined);
  await house.api('POST', 'core/users/', { username: 'anna', name: '', password }).catch(() => undefined);
}

async function signIn(browser: Browser, typed: Record<string, string>): Promise<void> {
  await walk(await browser.visit(SIGN_IN), typed);
}

async function keepCookies(
  browser: Browser,
  secrets: Secrets,
  whose: string,
  url = `${AUTH}/`,
): Promise<void> {
  for (const { key, value } of await browser.cookies.getCookies(url)) {
    secrets.keep(`${key} of ${whose}`, decodeURIComponent(value));
  }
}

/** The secret part of a link: its longest parameter. */
function tokenOf({ searchParams }: URL): string {
  return [...searchParams.values()].sort((a, b) => b.length - a.length)[0] ?? '';
}
