// The guests of the house that the run of faults watches: somebody who may come in and several who may not, signed in
// like anybody else.
import { randomBytes } from 'node:crypto';
import { type Api, apiOf, createPerson } from '../test/support/api-client.ts';
import { Browser } from '../test/support/browser.ts';
import { benchPerson } from './fixture.ts';
import type { Visitor } from './gate.ts';
import type { Guest } from './watch.ts';

export const AUTH = 'https://auth.bench.test';
const APP = 'https://house.bench.test';
/** Belongs to the family until they have signed in. */
const NEIGHBOUR = { username: 'neighbour', name: 'Neighbour', email: 'neighbour@example.com' };

/** Two people, and an application for their group only; returns the id of the first. */
export async function openHouse(api: Api): Promise<number> {
  const userId = await createPerson(api, { ...benchPerson, ...benchPerson.claims });
  await createPerson(api, { ...benchPerson, ...NEIGHBOUR, groups: ['family'] });
  const made = { name: 'house', external_host: APP, mode: 'forward_single' };
  const provider = await api('POST', 'providers/proxy/', made);
  const application = await api('POST', 'core/applications/', {
    name: 'House',
    slug: 'house',
    provider: provider.pk,
  });
  const { results } = await api('GET', 'core/groups/?name=family');
  const [family] = results as { pk: string }[];
  await api('POST', 'policies/bindings/', { target: application.pk, group: family?.pk, order: 0 });
  return userId;
}

/** Everybody who asks all the time. */
export async function invite(origin: string, token: string): Promise<Guest[]> {
  const { host } = new URL(APP);
  const allowed = await cookieOf(await signIn(origin, benchPerson.username));
  const refused = await cookieOf(await signIn(origin, NEIGHBOUR.username));
  await leaveFamily(apiOf(origin, token), NEIGHBOUR.username);
  const leaving = await signIn(origin, benchPerson.username);
  const revoked = await cookieOf(leaving);
  await leaving.visit(`${APP}/outpost.goauthentik.io/sign_out`);
  const [name] = allowed.split('=', 1);
  const garbage = () => `${name}=${randomBytes(32).toString('base64url')}`;
  return [
    { name: 'allowed', mayPass: true, visitor: () => ({ host, cookie: allowed }) },
    { name: 'refused', mayPass: false, visitor: () => ({ host, cookie: refused }) },
    { name: 'signed out', mayPass: false, visitor: () => ({ host, cookie: revoked }) },
    { name: 'garbage', mayPass: false, visitor: () => ({ host, cookie: garbage() }) },
    { name: 'anonymous', mayPass: false, visitor: () => ({ host, cookie: undefined }) },
  ];
}

async function leaveFamily(api: Api, username: string): Promise<void> {
  const families = await api('GET', 'core/groups/?name=family');
  const people = await api('GET', `core/users/?username=${username}`);
  const [[family], [person]] = [families.results as { pk: string }[], people.results as { pk: number }[]];
  await api('POST', `core/groups/${family?.pk}/remove_user/`, { pk: person?.pk });
}

async function cookieOf(browser: Browser): Promise<string> {
  const cookies = await browser.cookies.getCookies(APP);
  const cookie = cookies.find(({ key }) => /^gatelodge_proxy_\d+$/.test(key));
  if (!cookie) throw new Error('signing in has left no cookie at the application');
  return cookie.cookieString();
}

/** All those sessions, in turn. */
export function crowdOf(visitors: readonly Visitor[]): Guest {
  let next = 0;
  const visitor = () => visitors[next++ % visitors.length] ?? { host: '', cookie: undefined };
  return { name: 'crowd', mayPass: true, visitor };
}

async function signIn(origin: string, username: string): Promise<Browser> {
  const browser = new Browser({ origin: AUTH, proxied: { [AUTH]: origin, [APP]: origin } });
  const asked = await browser.visit(`${APP}/outpost.goauthentik.io/start?rd=${APP}/`);
  const second = await asked.form().submit({ uid_field: username }, { follow: true });
  await second.form().submit({ password: benchPerson.password }, { follow: true });
  return browser;
}
