// Gatelodge at http://auth.home.test, people in it, and applications that a proxy asks about.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, apiOf, createPerson } from '../../support/api-client.ts';
import { type Backend, EMBEDDED } from '../../support/backends.ts';
import { Browser } from '../../support/browser.ts';
import { findFreePort } from '../../support/free-port.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import type { Page } from '../../support/page.ts';

export const AUTH = 'http://auth.home.test';
export const PASSWORD = 'correct horse battery staple';
export const ANNA = {
  username: 'anna',
  // Letters within Latin-1, beyond it, and beyond the first plane.
  name: 'Anna Ångström Łukasz 🙂',
  email: 'anna@example.com',
  groups: ['family', 'media'],
};
export const BERT = { username: 'bert', name: 'Bert Berg', email: 'bert@example.com', groups: ['media'] };

export interface Gate {
  readonly gatelodge: Gatelodge;
  readonly origin: string;
  readonly api: Api;
  /** Makes an application with a proxy provider; resolves when the outpost knows it. */
  protect(application: ProtectedApplication): Promise<ProtectedIds>;
  /** A browser for which these origins are served by the given ones. */
  browser(proxied?: Readonly<Record<string, string>>): Browser;
  /** Resolves when the outpost has heard of every change so far. */
  settle(): Promise<void>;
}

export interface ProtectedApplication {
  readonly slug: string;
  readonly externalHost: string;
  /** Names of the groups that may open it; everybody unless given. */
  readonly groups?: readonly string[];
  readonly provider?: Readonly<Record<string, unknown>>;
}

export interface ProtectedIds {
  readonly providerId: number;
  readonly applicationId: string;
}

export async function openGate(
  backend: Pick<Backend, 'database' | 'sessions'> = EMBEDDED,
  environment: Readonly<Record<string, string>> = {},
): Promise<Gate> {
  const address = `127.0.0.1:${await findFreePort()}`;
  const gatelodge = await startGatelodge({
    ...backend,
    environment: { GATELODGE_URL: AUTH, GATELODGE_LISTEN_HTTP: address, ...environment },
  });
  const origin = `http://${address}`;
  const api = apiOf(origin, API_TOKEN);
  for (const person of [ANNA, BERT]) await createPerson(api, { ...person, password: PASSWORD });
  const settle = () => sleep(40);
  return {
    gatelodge,
    origin,
    api,
    settle,
    browser: (proxied = {}) => new Browser({ origin: AUTH, proxied: { [AUTH]: origin, ...proxied } }),
    async protect({ slug, externalHost, groups = [], provider = {} }) {
      const { pk } = await api('POST', 'providers/proxy/', {
        name: slug,
        external_host: externalHost,
        mode: 'forward_single',
        ...provider,
      });
      const application = await api('POST', 'core/applications/', { name: slug, slug, provider: pk });
      for (const name of groups) await allowGroup(api, String(application.pk), name);
      await untilKnown(origin, externalHost);
      await settle();
      return { providerId: Number(pk), applicationId: String(application.pk) };
    },
  };
}

export async function allowGroup(api: Api, applicationId: string, name: string): Promise<void> {
  const found = await api('GET', `core/groups/?name=${encodeURIComponent(name)}`);
  const [group] = found.results as { pk: string }[];
  await api('POST', 'policies/bindings/', { target: applicationId, group: group?.pk, order: 0 });
}

/** The outpost hears of it from the database or Redis, which takes longer on a busy machine. */
async function untilKnown(origin: string, externalHost: string): Promise<void> {
  const headers = { 'X-Original-URL': `${externalHost}/` };
  for (let tries = 0; tries < 200; tries += 1) {
    const { status } = await fetch(`${origin}/outpost.goauthentik.io/auth/nginx`, { headers });
    if (status !== 404) return;
    await sleep(50);
  }
  throw new Error(`the outpost does not hear of ${externalHost}`);
}

/** Goes through the pages of the sign-in, from the first one to wherever it leads. */
export async function signIn(page: Page, username: string, password = PASSWORD): Promise<Page> {
  const asked = await page.form().submit({ uid_field: username }, { follow: true });
  return asked.form().submit({ password }, { follow: true });
}
