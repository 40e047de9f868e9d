// The house of the outpost's pages: applications that answer, that do not, and that not everybody may open.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEMO_PASSWORD } from '../../../prisma/seed.ts';
import { type Api, createPerson } from '../../support/api-client.ts';
import { findFreePort } from '../../support/free-port.ts';
import { type House, openHouse } from './house.ts';

export const hostOf = (slug: string) => `${slug}.home.test`;
export const at = (slug: string, path = '/') => `http://${hostOf(slug)}${path}`;
const OPEN_TO_MANY = ['films', 'photos', 'letters', 'diary', 'plain'];
const SLUGS = [...OPEN_TO_MANY, 'one.shared', 'dead', 'slow', 'circle', 'nowhere'];

export async function openProtectedHouse(): Promise<House> {
  const silent = http.createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const environment = { GATELODGE_UPSTREAM_TIMEOUT: '1' };
  const house = await openHouse({ hosts: SLUGS.map(hostOf), environment });
  const { api } = house;
  await createPerson(api, { username: 'anna', name: 'Anna', email: '', password: DEMO_PASSWORD });
  for (const slug of OPEN_TO_MANY) await protect(api, slug);
  await protect(api, 'secure', { external_host: 'https://secure.home.test' });
  await protect(api, 'shared', {
    mode: 'forward_domain',
    external_host: at('one.shared', ''),
    cookie_domain: 'shared.home.test',
  });
  const upstreams = {
    dead: `http://127.0.0.1:${await findFreePort()}`,
    slow: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    circle: house.origin,
  };
  for (const [slug, internal_host] of Object.entries(upstreams)) {
    await protect(api, slug, { mode: 'proxy', internal_host });
  }
  await keepOut(api);
  return {
    ...house,
    async close() {
      silent.close().closeAllConnections();
      await house.close();
    },
  };
}

export async function protect(api: Api, slug: string, provider: Record<string, unknown> = {}): Promise<void> {
  const name = `${slug.charAt(0).toUpperCase()}${slug.slice(1)}`;
  const { pk } = await api('POST', 'providers/proxy/', {
    ...{ name: slug, mode: 'forward_single', external_host: at(slug, '') },
    ...provider,
  });
  await api('POST', 'core/applications/', { name, slug, provider: pk });
}

export const makeGroup = async (api: Api, name: string) => (await api('POST', 'core/groups/', { name })).pk;

export async function allow(
  api: Api,
  slug: string,
  ...bound: readonly Record<string, unknown>[]
): Promise<void> {
  const { pk: target } = await api('GET', `core/applications/${slug}/`);
  for (const binding of bound) await api('POST', 'policies/bindings/', { target, order: 0, ...binding });
}

/** Each for another reason, which its page says. */
async function keepOut(api: Api): Promise<void> {
  const [family, friends] = [await makeGroup(api, 'Family'), await makeGroup(api, 'Friends of the house')];
  await allow(api, 'photos', { group: family });
  await allow(api, 'letters', { group: family }, { group: friends });
  await api('PATCH', 'core/applications/letters/', { policy_engine_mode: 'all' });
  const { results } = await api('GET', 'core/users/?username=akadmin');
  await allow(api, 'diary', { user: (results as { pk: number }[])[0]?.pk });
}
