// Every page of the outpost, looked at: see inspection.ts for what is looked for. The browser says itself what a proxy would
// add, because proxies pass these pages on as they are.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DEMO_PASSWORD } from '../../../prisma/seed.ts';
import { cookieNameOf } from '../../../src/protocol/outpost/provider/cookie-name.ts';
import { EXTERNAL, missingFor } from '../../support/backends.ts';
import { hasChromium } from '../../support/chromium.ts';
import { ADMIN_PASSWORD } from '../../support/gatelodge.ts';
import { createPostgresDatabase } from '../../support/services.ts';
import { createTcpRelay } from '../../support/tcp-relay.ts';
import { type House, openHouse, PATIENCE_MILLISECONDS, SIGN_IN } from './house.ts';
import { unseen } from './page-routes.ts';
import { allow, at, hostOf, makeGroup, openProtectedHouse, protect } from './protected-house.ts';
import type { Tour } from './tour.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
const whenInstalled = hasChromium || process.env.CI ? describe : describe.skip;

const OUTPOST = '/outpost.goauthentik.io';
/** Rounds after which we say that the browser keeps no cookie. */
const ROUNDS = 6;

/** Texts that no page of this suite shows, and why. */
const OUT_OF_REACH: Readonly<Record<string, string>> = {
  'outpost.forbidden.inactive': 'the sessions of a deactivated account end first',
  'outpost.upstream.unreadable.title': 'no browser sends such a request',
  'outpost.upstream.unreadable.text': 'no browser sends such a request',
  'outpost.wiring.nothing': 'every browser sends a Host header',
};

whenInstalled('the pages of the outpost', () => {
  let house: House;
  const houses: House[] = [];
  const tours: Tour[] = [];
  beforeAll(async () => {
    house = await openProtectedHouse();
    houses.push(house);
  });
  afterAll(async () => {
    for (const each of houses) await each.close();
  });
  afterEach(() => expect(tours.flatMap((tour) => tour.takeFaults())).toEqual([]));

  const begin = async (of = house) => {
    const tour = await of.begin();
    tours.push(tour);
    return tour;
  };
  const begun = async () => {
    const tour = await begin();
    await tour.page.goto(`${house.origin}${SIGN_IN}`);
    await tour.submit({ uid_field: 'anna' });
    await tour.submit({ password: DEMO_PASSWORD });
    return tour;
  };
  const forwarded = (host: string, more: Record<string, string> = {}) => ({
    ...{ 'X-Forwarded-Proto': 'http', 'X-Forwarded-Host': host, 'X-Forwarded-Uri': '/a/page?x=1' },
    ...more,
  });

  it('say which header is missing, and which line adds it', async () => {
    const tour = await begin();
    await tour.open(`${OUTPOST}/auth/nginx`);
    for (const dialect of ['traefik', 'caddy']) {
      await tour.behindProxy({ 'X-Forwarded-Proto': 'http', 'X-Forwarded-Host': hostOf('films') });
      await tour.open(`${OUTPOST}/auth/${dialect}`);
    }
    await tour.behindProxy({ 'X-Sent-From': 'nginx-ingress-controller', 'X-Original-URL': 'a, b' });
    await tour.open(`${OUTPOST}/auth/nginx`);
  });

  it('say which header cannot be read, and which two contradict each other', async () => {
    const tour = await begin();
    await tour.behindProxy({ 'X-Original-URL': `${at('films')}, ${at('films')}` });
    await tour.open(`${OUTPOST}/auth/nginx`);
    await tour.behindProxy(forwarded('films.home.test/@evil'));
    await tour.open(`${OUTPOST}/auth/traefik`);
    await tour.behindProxy({ 'X-Original-URL': at('photos') });
    await tour.open(at('films', `${OUTPOST}/auth/nginx`));
    await tour.behindProxy(forwarded(hostOf('photos')));
    await tour.open(at('films', `${OUTPOST}/auth/caddy`));
  });

  it('say that nothing is registered, or that there is nothing', async () => {
    const tour = await begin();
    await tour.open(at('nowhere', `${OUTPOST}/start?rd=/`));
    await tour.behindProxy(forwarded('an-address-that-nobody-has-registered.so-far.example.com:8443'));
    await tour.open(`${OUTPOST}/auth/traefik`);
    await tour.open(`${OUTPOST}/auth/apache`);
  });

  it('say who may open an application', async () => {
    const tour = await begun();
    for (const slug of ['photos', 'letters', 'diary']) await tour.open(at(slug, `${OUTPOST}/start?rd=/`));
    await tour.page.goto(at('films', `${OUTPOST}/start?rd=/`));
    await allow(house.api, 'films', { group: await makeGroup(house.api, 'Cinema') });
    await tour.behindProxy(forwarded(hostOf('films')));
    await tour.open(at('films', `${OUTPOST}/auth/traefik`));
  });

  it('say that a form was not delivered', async () => {
    const tour = await begin();
    await tour.open(at('plain', `${OUTPOST}/start?method=POST&rd=/save`));
    await tour.behindProxy(forwarded(hostOf('plain'), { 'X-Forwarded-Method': 'POST' }));
    await tour.open(at('plain', `${OUTPOST}/auth/traefik`));
  });

  it('say why a browser does not stay signed in', async () => {
    const tour = await begun();
    for (const [slug, seen] of [
      ['secure', 'http://secure.home.test'],
      ['secure', 'https://secure.home.test'],
      ['plain', at('plain', '')],
      ['shared', at('one.shared', '')],
    ]) {
      const query = new URLSearchParams({ rd: '/', browser: 'a'.repeat(64), at: '', seen: seen ?? '' });
      const address = `/application/outpost/${slug}/?${query}`;
      for (let round = 0; round < ROUNDS; round += 1) {
        await tour.page.request.get(house.origin + address, { maxRedirects: 0 });
      }
      await tour.open(address);
    }
  });

  it('say why an application in proxy mode does not answer', async () => {
    const tour = await begun();
    for (const slug of ['dead', 'slow', 'circle']) {
      await tour.page.goto(at(slug, `${OUTPOST}/start?rd=/a/page`));
      await tour.open(at(slug, '/a/page'));
    }
  });

  it('say what is not set, and whom we do not trust', async () => {
    const environment = { GATELODGE_TRUSTED_PROXIES: '203.0.113.0/24' };
    const strict = await openHouse({ hosts: [hostOf('films')], environment, knowsItsAddress: false });
    houses.push(strict);
    await protect(strict.api, 'films');
    const tour = await begin(strict);
    await tour.open(at('films', `${OUTPOST}/start?rd=/`));
    await tour.behindProxy(forwarded(hostOf('films')));
    await tour.open(at('films', `${OUTPOST}/auth/traefik`));
    const administrator = await strict.signedIn('akadmin', ADMIN_PASSWORD);
    tours.push(administrator);
    await administrator.open('/if/admin/applications/films/proxy/');
  });

  (missingFor({ ...EXTERNAL, sessions: 'database' }) ? it.skip : it)(
    'ask for a moment while a store does not answer',
    async () => {
      const relay = await createTcpRelay(await createPostgresDatabase());
      await relay.mend();
      const backend = { database: 'postgres', sessions: 'database' } as const;
      const environment = { DATABASE_URL: relay.url };
      const cut = await openHouse({ hosts: [hostOf('films')], backend, environment });
      await protect(cut.api, 'films');
      const tour = await begin(cut);
      await tour.behindProxy(forwarded(hostOf('films')));
      const { providerId } = await cut.gatelodge.deps.db.proxyProvider.findFirstOrThrow();
      const cookie = { name: cookieNameOf(providerId, ''), value: 'x'.repeat(43), url: at('films') };
      await tour.page.context().addCookies([cookie]);
      await tour.page.goto(cut.origin + SIGN_IN);
      await relay.cut();
      await tour.submit({ uid_field: 'anna' });
      await tour.look();
      await tour.open(at('films', `${OUTPOST}/auth/traefik`));
      await relay.mend();
      await cut.close();
      await relay.cut();
    },
  );

  it('were all looked at', () => {
    const shown = tours.flatMap(({ texts }) => texts).join('\n');
    const { texts } = house.gatelodge.deps;
    const missed = texts.keys
      .filter((key) => key.startsWith('outpost.') && !(key in OUT_OF_REACH))
      .filter((key) => !patternOf(texts.for('en')(key)).test(shown));
    expect(missed).toEqual([]);
    expect(unseen(house.gatelodge, 'outpost', tours)).toEqual([]);
  });
});

/** A text with anything in its gaps. */
function patternOf(text: string): RegExp {
  const parts = text.trim().split(/\{\w+\}/);
  return new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+?'));
}
