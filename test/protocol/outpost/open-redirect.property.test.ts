// Where a sign-in ends: at an address of the application that it was begun at, whatever the request for it names.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from '../../support/browser.ts';
import { AUTH } from './gate.ts';
import { APP, DOMAIN, type GateOfThree, openGateOfThree, startAt } from './gate-of-three.ts';

let gate: GateOfThree;

beforeAll(async () => {
  gate = await openGateOfThree();
});

afterAll(() => gate?.gatelodge.stop());

describe('where `rd` leads', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = gate.visitor();
    await gate.signInAt(APP, browser);
  });

  it.each([
    ['/films?a=b', `${APP}/films?a=b`],
    ['/films?a=b&c=d', `${APP}/films?a=b&c=d`],
    [encodeURIComponent(`${APP}/films?a=b&c=d`), `${APP}/films?a=b&c=d`],
    [`${APP}/films?a=b&c=%26`, `${APP}/films?a=b&c=%26`],
    ['http://app.home.test/films', `${APP}/films`],
    ['https://app.home.test%2Ffilms%3Fa%3Db%26c%3Dd', `${APP}/films?a=b&c=d`],
    ['https://evil.test%2Fapp.home.test%2Ffilms', `${APP}/`],
    ['films', `${APP}/films`],
    ['', `${APP}/`],
    ['//evil.test/', `${APP}/`],
    ['/%09/evil.test/', `${APP}/%09/evil.test/`],
    ['%2F%5Cevil.test', `${APP}/`],
    ['/\\evil.test', `${APP}/`],
    ['https://app.home.test.evil.test/', `${APP}/`],
    ['https://evilapp.home.test/', `${APP}/`],
    ['https://below.app.home.test/', `${APP}/`],
    ['https://app.home.test/films%0d%0aSet-Cookie:%20x=y', `${APP}/films%0d%0aSet-Cookie:%20x=y`],
    ['https://%E2%93%94%E2%93%A5%E2%93%98%E2%93%9B.test/', `${APP}/`],
    ['https://app.home.test%E3%80%82evil.test/', `${APP}/`],
    ['https:evil.test', `${APP}/evil.test`],
    ['https://evil.test/?https://app.home.test/', `${APP}/`],
    ['https://app.home.test@evil.test/', `${APP}/`],
    ['https://user:pass@app.home.test/', `${APP}/`],
    ['https://app.home.test:8443/', `${APP}/`],
    ['https://family.home.test/', `${APP}/`],
    ['javascript:alert(1)', `${APP}/`],
    ['javascript://app.home.test/%0aalert(1)', `${APP}/`],
    ['data:text/html,x', `${APP}/`],
    [`/${'x'.repeat(9000)}`, `${APP}/`],
    ['%', `${APP}/%`],
    ['/outpost.goauthentik.io/start', `${APP}/`],
  ])('%s', async (rd, expected) => {
    // Six sign-ins in half a minute are the most for one session.
    await gate.gatelodge.deps.db.outpostTicket.deleteMany();
    let page = await browser.get(startAt(APP, rd));
    while (page.location && page.location.pathname !== new URL(expected).pathname)
      page = await page.followRedirect();
    expect(page.location?.href).toBe(expected);
  });

  it('is no errand of ours: that would lead round in a circle, or out again', async () => {
    for (const errand of ['start', 'callback', 'sign_out']) {
      const address = `${APP}/outpost.goauthentik.io/${errand}`;
      const { location } = await browser.get(startAt(APP, encodeURIComponent(address)));
      expect(location?.searchParams.get('rd')).toBe(`${APP}/`);
    }
  });

  it('is any host of a shared domain, and no other', async () => {
    await gate.gatelodge.deps.db.outpostTicket.deleteMany();
    const ends = async (rd: string) => {
      let page = await browser.get(startAt(DOMAIN, encodeURIComponent(rd)));
      while (page.location?.host.endsWith('home.test') || page.location?.pathname.startsWith('/outpost')) {
        page = await page.followRedirect();
      }
      return page.location?.href;
    };
    expect(await ends('https://two.shared.test/x?y=z')).toBe('https://two.shared.test/x?y=z');
    expect(await ends('https://evilshared.test/')).toBe(`${DOMAIN}/`);
    expect(await ends('https://shared.test.evil.test/')).toBe(`${DOMAIN}/`);
  });
});

describe("our own host's part in a sign-in", () => {
  let browser: Browser;
  const handOver = async (slug: string, query: Readonly<Record<string, string>>) => {
    await gate.gatelodge.deps.db.outpostTicket.deleteMany();
    return (await browser.get(`${AUTH}/application/outpost/${slug}/?${new URLSearchParams(query)}`)).location;
  };
  const browserHash = 'a'.repeat(64);
  const EVIL = [
    'https://evil.test',
    '//evil.test',
    'https://app.home.test.evil.test',
    'https://evilapp.home.test',
    'https://app.home.test@evil.test',
    'https://evilshared.test',
    'https://app.home.test:8443',
    'javascript:alert(1)',
    '/\\evil.test',
  ];

  beforeAll(async () => {
    browser = gate.visitor();
    await gate.signInAt(APP, browser);
  });

  it.each(EVIL)('sends no ticket to another host, nor the person after it: %s', async (address) => {
    for (const [slug, host] of [
      ['app', APP],
      ['shared', DOMAIN],
    ] as const) {
      const location = await handOver(slug, { browser: browserHash, at: address, rd: address });
      expect(location?.origin).toBe(host);
      expect(location?.searchParams.get('ticket')).toMatch(/^[\w-]{43}$/);
      expect(new URL(location?.searchParams.get('rd') ?? '').origin).toBe(host);
    }
  });

  it.each(EVIL)('is no way to elsewhere for those whom no application has sent: %s', async (address) => {
    expect((await handOver('app', { rd: address }))?.href).toBe(`${APP}/`);
    expect((await handOver('app', { rd: address, browser: 'nonsense' }))?.href).toBe(`${APP}/`);
  });

  it('sends no ticket in the clear for an application that is reached by https', async () => {
    for (const at of [
      'http://two.shared.test',
      'http://two.shared.test:8080',
      'http://two.shared.test:443',
    ]) {
      const location = await handOver('shared', { browser: browserHash, at, rd: at });
      expect([at, location?.protocol]).toEqual([at, 'https:']);
    }
  });

  it('sends the ticket to the host of the domain that was visited', async () => {
    const at = 'https://two.shared.test';
    expect((await handOver('shared', { browser: browserHash, at, rd: at }))?.origin).toBe(at);
  });
});
