// The outpost from end to end behind every proxy: what a person sees, and what an application is told.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Echo,
  type EchoApplication,
  received,
  startEchoApplication,
} from '../../support/echo-application.ts';
import { ANNA, AUTH, allowGroup, type Gate, openGate, signIn } from './gate.ts';
import { LEFT_OUT, RUNNABLE } from './proxies.ts';
import { sendRaw, statusOf } from './raw-request.ts';

const APP = 'http://app.home.test';
const FAMILY = 'http://family.home.test';
const ONE = 'http://one.shared.test';
const TWO = 'http://two.shared.test';
const OWN_RULES = 'http://three.shared.test';
const HOSTS = [APP, FAMILY, ONE, TWO, OWN_RULES];
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

let gate: Gate;
let application: EchoApplication;

beforeAll(async () => {
  [gate, application] = await Promise.all([openGate(), startEchoApplication()]);
  const skipPathRegex = '^/api/public/\n\n^/health$';
  await gate.protect({ slug: 'app', externalHost: APP, provider: { skip_path_regex: skipPathRegex } });
  await gate.protect({ slug: 'family', externalHost: FAMILY, groups: ['family'] });
  const domain = { mode: 'forward_domain', cookie_domain: 'shared.test' };
  await gate.protect({ slug: 'shared', externalHost: ONE, provider: domain });
  await gate.protect({ slug: 'own-rules', externalHost: OWN_RULES, groups: ['family'], provider: domain });
  await gate.settle();
});

afterAll(async () => {
  await application?.stop();
  await gate?.gatelodge.stop();
});

for (const { name } of LEFT_OUT) {
  it.skip(`${name}: not installed; run scripts/test-packages`, () => {});
}

describe.each(RUNNABLE)('$name', (kind) => {
  let proxy: Awaited<ReturnType<typeof kind.start>>;

  beforeAll(async () => {
    const behind = { gatelodge: gate.origin, application: application.origin, hosts: HOSTS };
    proxy = await kind.start(behind);
  });

  afterAll(() => proxy?.stop());

  const visitor = () => gate.browser(Object.fromEntries(HOSTS.map((host) => [host, proxy.origin])));

  it('sends a stranger to the sign-in, and back to the same address with its query', async () => {
    const browser = visitor();
    const first = await browser.visit(`${APP}/films?page=2&sort=a%20b&x=%26`);
    expect(first.url.href).toContain(`${AUTH}/if/flow/default-authentication-flow/`);
    const last = await signIn(first, 'anna');
    expect(last.url.href).toBe(`${APP}/films?page=2&sort=a%20b&x=%26`);
    const echo = last.json<Echo>();
    expect(echo.url).toBe('/films?page=2&sort=a%20b&x=%26');
    expect(received(echo, 'X-authentik-username')).toEqual(['anna']);
    expect(received(echo, 'X-authentik-groups')).toEqual(['family|media']);
    expect(received(echo, 'X-authentik-email')).toEqual([ANNA.email]);
    expect(received(echo, 'X-authentik-name')).toEqual([ANNA.name]);
    expect(received(echo, 'X-authentik-uid')).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it('asks once for all applications', async () => {
    const browser = visitor();
    await signIn(await browser.visit(`${APP}/`), 'anna');
    const family = await browser.visit(`${FAMILY}/photos`);
    expect(family.url.href).toBe(`${FAMILY}/photos`);
    expect(family.status).toBe(200);
  });

  it('keeps out who is not allowed, and says why', async () => {
    const browser = visitor();
    const last = await signIn(await browser.visit(`${FAMILY}/photos`), 'bert');
    expect(last.status).toBe(403);
    expect(last.text()).toContain('family');
    expect(last.body).not.toContain('"headers"');
  });

  it('keeps out at once who has been allowed before', async () => {
    const browser = visitor();
    await signIn(await browser.visit(`${APP}/`), 'bert');
    const { results } = await gate.api('GET', 'core/applications/?slug=app');
    const [{ pk }] = results as [{ pk: string }];
    await allowGroup(gate.api, pk, 'family');
    await gate.settle();
    const refused = await browser.get(`${APP}/`);
    const bindings = await gate.api('GET', `policies/bindings/?target=${pk}`);
    for (const binding of bindings.results as { pk: string }[]) {
      await gate.api('DELETE', `policies/bindings/${binding.pk}/`);
    }
    await gate.settle();
    expect(refused.status).toBe(403);
    expect(refused.text().includes('You may not open app')).toBe(kind.passesAnswersOn);
    expect((await browser.get(`${APP}/`)).status).toBe(200);
  });

  it('signs out at the application, everywhere', async () => {
    const browser = visitor();
    await signIn(await browser.visit(`${APP}/`), 'anna');
    await browser.visit(`${FAMILY}/`);
    const last = await browser.visit(`${APP}/outpost.goauthentik.io/sign_out`);
    expect(last.text()).toContain('You are signed out');
    for (const host of [APP, FAMILY]) {
      expect((await browser.visit(`${host}/`)).url.href).toContain(`${AUTH}/if/flow/`);
    }
  });

  it('lets everybody pass to listed addresses, without a name', async () => {
    const answer = await visitor().get(`${APP}/api/public/1?x=1`);
    expect(answer.status).toBe(200);
    expect(received(answer.json(), 'X-authentik-username').join('')).toBe('');
    expect((await visitor().get(`${APP}/api/private`)).status).not.toBe(200);
  });

  it('signs in once for all hosts of a domain', async () => {
    const browser = visitor();
    const first = await signIn(await browser.visit(`${ONE}/a?b=c`), 'anna');
    expect(first.url.href).toBe(`${ONE}/a?b=c`);
    const second = await browser.get(`${TWO}/d?e=f`);
    expect(second.status).toBe(200);
    expect(received(second.json(), 'X-authentik-username')).toEqual(['anna']);
  });

  it('holds a host of the domain to rules of its own', async () => {
    const browser = visitor();
    await signIn(await browser.visit(`${ONE}/`), 'bert');
    expect((await browser.get(`${TWO}/`)).status).toBe(200);
    const refused = await browser.visit(`${OWN_RULES}/`);
    expect(refused.status).toBe(403);
    const anna = visitor();
    await signIn(await anna.visit(`${ONE}/`), 'anna');
    expect((await anna.visit(`${OWN_RULES}/x?y=z`)).url.href).toBe(`${OWN_RULES}/x?y=z`);
  });

  it.each([
    ['another port', 'GET /secret HTTP/1.1', `${new URL(OWN_RULES).host}:1`],
    ['the port of the other scheme', 'GET /secret HTTP/1.1', `${new URL(OWN_RULES).host}:443`],
    [
      'an absolute address, and a Host that they may visit',
      `GET ${OWN_RULES}/secret HTTP/1.1`,
      new URL(ONE).host,
    ],
  ])('opens no application with rules of its own to whom they refuse, by %s', async (_, line, host) => {
    const browser = visitor();
    await signIn(await browser.visit(`${ONE}/`), 'bert');
    const cookie = `Cookie: ${await browser.cookies.getCookieString(ONE)}`;
    const answer = await sendRaw(proxy.origin, [line, `Host: ${host}`, 'Accept: */*', cookie]);
    expect(answer.body).not.toContain('"headers"');
  });

  it('hands a form on whole to who is signed in, and none to who is not', async () => {
    const browser = visitor();
    await signIn(await browser.visit(`${APP}/`), 'bert');
    const form = { title: 'Ünter & über', text: 'x'.repeat(20_000) };
    const echo = (await browser.post(`${APP}/save?a=b`, form)).json<Echo>();
    expect(echo).toMatchObject({ method: 'POST', url: '/save?a=b' });
    expect(echo.body).toBe(String(new URLSearchParams(form)));
    const refused = await visitor().post(`${APP}/save`, form);
    expect(refused.body).not.toContain('"headers"');
    if (!kind.isOurSnippet) return;
    const told = await visitor().post(`${APP}/save`, form, { follow: true });
    expect(told.text('h1')).toBe('You are signed out');
    expect(await signIn(await told.click('a.button', { follow: true }), 'bert')).toMatchObject({
      status: 200,
    });
  });

  if (kind.isOurSnippet) {
    it('joins a WebSocket to the application, for those who may open it', async () => {
      const browser = visitor();
      await signIn(await browser.visit(`${APP}/`), 'bert');
      const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', KEY];
      const lines = ['GET /socket HTTP/1.1', `Host: ${new URL(APP).host}`, 'Accept: */*'];
      const cookie = `Cookie: ${await browser.cookies.getCookieString(APP)}`;
      expect(await statusOf(proxy.origin, [...lines, cookie, ...upgrade])).toBe(101);
      expect([302, 401]).toContain(await statusOf(proxy.origin, [...lines, ...upgrade]));
    });
  }

  it('refuses a cookie within a second after its session was ended elsewhere', async () => {
    const browser = visitor();
    await signIn(await browser.visit(`${APP}/`), 'anna');
    expect((await browser.get(`${APP}/`)).status).toBe(200);
    const { deps } = gate.gatelodge;
    const anna = await deps.db.user.findFirstOrThrow({ where: { username: 'anna' } });
    await deps.sessions.endAllOf(anna.id);
    expect((await browser.get(`${APP}/`)).status).not.toBe(200);
  });
});
