// A gate with three applications: one for everybody, one for a group, and one for every host of a shared domain.
import type { Browser } from '../../support/browser.ts';
import type { Page } from '../../support/page.ts';
import { type Gate, openGate, signIn } from './gate.ts';
import { type RawAnswer, sendRaw } from './raw-request.ts';

export const APP = 'https://app.home.test';
export const FAMILY = 'https://family.home.test';
export const DOMAIN = 'https://one.shared.test';
export const APP_PASSWORD = 'an-app-password-0123456789-abcdefghij';

export interface GateOfThree extends Gate {
  /** A browser that finds the three. */
  visitor(): Browser;
  /** Signs in at the application and stays there: its own pages do not exist here, only where the browser ends counts. */
  signInAt(host: string, browser: Browser, username?: string): Promise<Page>;
  /** What nginx is told that asks about the address. */
  check(url: string, headers: readonly string[], host?: string): Promise<RawAnswer>;
}

export async function openGateOfThree(): Promise<GateOfThree> {
  const gate = await openGate();
  await gate.protect({ slug: 'app', externalHost: APP });
  await gate.protect({ slug: 'family', externalHost: FAMILY, groups: ['family'] });
  const provider = { mode: 'forward_domain', cookie_domain: 'shared.test' };
  await gate.protect({ slug: 'shared', externalHost: DOMAIN, provider });
  return {
    ...gate,
    visitor: () => gate.browser(Object.fromEntries([APP, FAMILY, DOMAIN].map((host) => [host, gate.origin]))),
    signInAt: async (host, browser, username = 'anna') =>
      signIn(await browser.visit(startAt(host, '/')), username),
    check: (url, headers, host = new URL(url).host) =>
      sendRaw(gate.origin, [
        'GET /outpost.goauthentik.io/auth/nginx HTTP/1.1',
        `Host: ${host}`,
        `X-Original-URL: ${url}`,
        ...headers,
      ]),
  };
}

export const startAt = (host: string, rd: string) => `${host}/outpost.goauthentik.io/start?rd=${rd}`;
export const pathOf = ({ url }: Page) => url.origin + url.pathname;

export const basic = (username: string, password: string) =>
  `Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
