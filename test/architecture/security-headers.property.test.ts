// Security.md, "Sign-in": clickjacking, MIME sniffing, referrers. Every route and every kind of refusal, whoever asks,
// comes with the headers that prevent them: also what is answered before Koa, by the outpost and the metadata.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routesOf, serviceRoutesOf } from '../../src/app.ts';
import { Metrics } from '../../src/platform/telemetry/metrics.ts';
import { EMBEDDED } from '../support/backends.ts';
import type { Browser } from '../support/browser.ts';
import { ADMIN_PASSWORD, type Gatelodge, startGatelodge } from '../support/gatelodge.ts';
import type { Page } from '../support/page.ts';

describe('every answer', () => {
  let gatelodge: Gatelodge;
  let administrator: Browser;
  let stranger: Browser;
  let paths: string[];

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    await gatelodge.api('POST', '/core/applications/', { name: 'Wiki', slug: 'wiki' });
    const deps = { ...gatelodge.deps, metrics: new Metrics() };
    const routes = [...serviceRoutesOf(deps), ...routesOf(deps)].filter(({ method }) => method === 'GET');
    paths = [...new Set(routes.map(({ path }) => path.replaceAll('{/}', '/').replaceAll(/:\w+/g, '1')))];
    stranger = gatelodge.browser();
    administrator = gatelodge.browser();
    const name = await administrator.visit('/if/flow/default-authentication-flow/');
    const password = await name.form().submit({ uid_field: 'akadmin' }, { follow: true });
    await password.form().submit({ password: ADMIN_PASSWORD }, { follow: true });
  });
  afterAll(() => gatelodge?.stop());

  /** What is missing from an answer, in words. */
  function lacksOf({ headers, status, url }: Page): string[] {
    const isHtml = String(headers['content-type']).startsWith('text/html');
    const policy = String(headers['content-security-policy']);
    const wanted: [string, boolean][] = [
      ['nosniff', headers['x-content-type-options'] === 'nosniff'],
      ['a referrer policy', headers['referrer-policy'] === 'same-origin'],
      ['a policy on frames', !isHtml || policy.includes("frame-ancestors 'none'")],
      ['X-Frame-Options', !isHtml || headers['x-frame-options'] === 'DENY'],
      ['nothing inline', !isHtml || (policy.includes("default-src 'none'") && !policy.includes('unsafe'))],
      ['no caching', !isHtml || headers['cache-control'] === 'no-store'],
      ['no word on what serves it', headers['x-powered-by'] === undefined && headers.server === undefined],
    ];
    return wanted.filter(([, isThere]) => !isThere).map(([what]) => `${status} ${url.pathname}: ${what}`);
  }

  it.each(['a stranger', 'an administrator'])('to %s has the headers that protect it', async (who) => {
    const browser = who === 'a stranger' ? stranger : administrator;
    const lacks = [];
    for (const path of paths) lacks.push(...lacksOf(await browser.get(path)));
    expect(paths.length).toBeGreaterThan(100);
    expect(lacks).toEqual([]);
  });

  it.each([
    ['a page that is not there', 'GET', '/nowhere', {}],
    ['a path that cannot be decoded', 'GET', '/if/user/%ff', {}],
    ['a method that is not meant', 'DELETE', '/if/user/', {}],
    ['a form of another site', 'POST', '/if/user/password/', { 'sec-fetch-site': 'cross-site' }],
    ['a file that is not there', 'GET', '/assets/nothing.css', {}],
    [
      'an unknown host at the gate',
      'GET',
      '/outpost.goauthentik.io/auth/traefik',
      { 'x-forwarded-host': 'x.test', 'x-forwarded-proto': 'https', 'x-forwarded-uri': '/' },
    ],
    ['the gate without headers', 'GET', '/outpost.goauthentik.io/auth/nginx', {}],
    ['the start of a sign-in nowhere', 'GET', '/outpost.goauthentik.io/start', {}],
    ['a callback of nothing', 'GET', '/outpost.goauthentik.io/callback', {}],
    ['a sign-out of nothing', 'GET', '/outpost.goauthentik.io/sign_out', {}],
    ['metadata of nothing', 'GET', '/application/o/nothing/.well-known/openid-configuration', {}],
    ['a client that is not known', 'GET', '/application/o/authorize/?client_id=nobody', {}],
    ['a token of nobody', 'POST', '/application/o/token/', {}],
    ['a broken cookie', 'GET', '/if/user/', { cookie: 'gatelodge_session=%; gatelodge_browser="' }],
  ])('to %s, too', async (_, method, path, headers) => {
    expect(lacksOf(await stranger.request(method, path, { headers }))).toEqual([]);
  });
});
