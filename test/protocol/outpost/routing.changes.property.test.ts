// However applications, providers, clients and rules change, in whatever order and however long reading takes: reading what
// a change concerns leaves the table of the gate as if all had been read.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Routing } from '../../../src/protocol/outpost/provider/routing.ts';
import type { ProxyRoute } from '../../../src/protocol/outpost/routing-table.ts';
import { everyBackend } from '../../support/backends.ts';
import { ANNA, type Gate, openGate } from './gate.ts';
import { openRouting, untouchedReading } from './observed-routing.ts';

const RUNS = { seed: 20_261_123, numRuns: 6, endOnFailure: true };
const KINDS = [
  // What there must be for the others to matter comes twice as often as anything goes.
  ...(['addBoth', 'addBoth', 'addProvider', 'changeProvider', 'removeProvider'] as const),
  ...(['addApplication', 'changeApplication', 'move', 'removeApplication'] as const),
  ...(['addClient', 'addClient', 'trust', 'trust', 'changeClient', 'removeClient'] as const),
  ...(['allow', 'moveBinding', 'removeBinding', 'giveHeader'] as const),
];

/** More than there are changes in all. */
const OPEN_PATHS = Array.from({ length: 300 }, (_, made) => `/open-${made}`);

/** One change; which things it is about is taken from those that there are then. */
const step = fc.record({
  kind: fc.constantFrom(...KINDS),
  at: fc.nat(1000),
  to: fc.nat(1000),
  readMilliseconds: fc.constantFrom(0, 0, 5, 40),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

everyBackend('the table of the gate', (backend) => {
  let gate: Gate;
  let routing: Routing;
  let whole: Routing;
  let made = 0;
  const reading = untouchedReading();

  beforeAll(async () => {
    gate = await openGate(backend);
    for (const slug of ['one', 'two', 'three']) {
      await gate.protect({ slug, externalHost: `https://${slug}.home.test` });
      await gate.api('POST', 'providers/oauth2/', { name: `client-${slug}` });
    }
    routing = await openRouting(gate, reading);
    whole = await openRouting(gate, untouchedReading());
  });
  afterAll(async () => {
    routing?.close();
    whole?.close();
    await gate?.gatelodge.stop();
  });

  it('is what a full reading gives after any changes', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 30, size: 'max' }), async (steps) => {
        for (const each of steps) await take(each);
        await routing.settle();
        expect(contentsOf(routing)).toEqual(await fullContents());
      }),
      RUNS,
    ));

  it.each(['before', 'after'] as const)(
    'forgets no change when reading fails (%s it asked)',
    async (moment) => {
      const slug = `lost-${moment}`;
      await gate.protect({ slug, externalHost: `https://${slug}.home.test` });
      await routing.settle();
      reading[moment] = () => {
        reading[moment] = () => undefined;
        throw new Error('the database is away');
      };
      await gate.api('PATCH', `core/applications/${slug}/`, { provider: null });
      // Told while it waits to try again, and no reason to read the lost one.
      await take({ kind: 'addBoth', at: 0, to: 0, readMilliseconds: 0 });
      await routing.settle();
      expect(contentsOf(routing)).toEqual(await fullContents());
    },
  );

  async function fullContents() {
    whole.refresh();
    await whole.settle();
    return contentsOf(whole);
  }

  async function take({ kind, at, to, readMilliseconds }: Step): Promise<void> {
    if (readMilliseconds > 0) reading.after = () => sleep(readMilliseconds);
    made += 1;
    await change[kind](at, to);
  }

  const idOf = { select: { providerId: true }, orderBy: { providerId: 'asc' } } as const;
  const proxies = () => gate.gatelodge.deps.db.proxyProvider.findMany(idOf);
  const clients = () =>
    gate.gatelodge.deps.db.oAuth2Provider.findMany({ where: { provider: { type: 'oauth2' } }, ...idOf });
  const freeProxies = () =>
    gate.gatelodge.deps.db.proxyProvider.findMany({ where: { provider: { application: null } }, ...idOf });
  const applications = () => gate.gatelodge.deps.db.application.findMany({ orderBy: { slug: 'asc' } });
  const bindings = () => gate.gatelodge.deps.db.accessBinding.findMany({ orderBy: { id: 'asc' } });
  const groups = () => gate.gatelodge.deps.db.group.findMany({ orderBy: { name: 'asc' } });

  /** Calls the API about one of them; where there is none, nothing changes. */
  async function about<Thing>(
    things: Promise<readonly Thing[]>,
    at: number,
    call: (thing: Thing) => Promise<unknown>,
  ): Promise<void> {
    const all = await things;
    const thing = all[at % all.length];
    if (thing) await call(thing);
  }

  /** One in three times none, else one that no application has. */
  async function freeOrNone(to: number): Promise<number | null> {
    const free = await freeProxies();
    return to % 3 === 0 ? null : (free[to % free.length]?.providerId ?? null);
  }

  const addProvider = () =>
    gate.api('POST', 'providers/proxy/', {
      name: `proxy-${made}`,
      external_host: `https://proxy-${made}.home.test`,
      mode: 'forward_single',
    });
  const addApplication = (provider: number | null) =>
    gate.api('POST', 'core/applications/', { name: `app-${made}`, slug: `app-${made}`, provider });

  const change: Record<Step['kind'], (at: number, to: number) => Promise<unknown>> = {
    addBoth: async () => {
      const { pk } = await addProvider();
      return addApplication(Number(pk));
    },
    addProvider,
    changeProvider: (at) =>
      about(proxies(), at, ({ providerId }) =>
        gate.api('PATCH', `providers/proxy/${providerId}/`, {
          external_host: `https://host-${made}.home.test`,
          skip_path_regex: `^/open-${made}$`,
        }),
      ),
    trust: (at, to) =>
      about(proxies(), at, async ({ providerId }) => {
        const trusted = (await clients()).filter((_, index) => ((to >> index) & 1) === 1);
        const jwt_federation_providers = trusted.map((client) => client.providerId);
        return gate.api('PATCH', `providers/proxy/${providerId}/`, { jwt_federation_providers });
      }),
    removeProvider: (at) =>
      about(proxies(), at, ({ providerId }) => gate.api('DELETE', `providers/proxy/${providerId}/`)),
    addApplication: async (_, to) => addApplication(await freeOrNone(to)),
    changeApplication: (at, to) =>
      about(applications(), at, ({ slug }) =>
        gate.api('PATCH', `core/applications/${slug}/`, {
          name: `app-${made}`,
          policy_engine_mode: to % 2 === 0 ? 'any' : 'all',
        }),
      ),
    move: (at, to) =>
      about(applications(), at, async ({ slug }) =>
        gate.api('PATCH', `core/applications/${slug}/`, { provider: await freeOrNone(to) }),
      ),
    removeApplication: (at) =>
      about(applications(), at, ({ slug }) => gate.api('DELETE', `core/applications/${slug}/`)),
    addClient: () => gate.api('POST', 'providers/oauth2/', { name: `client-${made}` }),
    changeClient: (at) =>
      about(clients(), at, ({ providerId }) =>
        gate.api('PATCH', `providers/oauth2/${providerId}/`, { client_id: `client-${made}` }),
      ),
    removeClient: (at) =>
      about(clients(), at, ({ providerId }) => gate.api('DELETE', `providers/oauth2/${providerId}/`)),
    allow: (at, to) =>
      about(applications(), at, ({ id }) =>
        about(groups(), to, (group) =>
          gate.api('POST', 'policies/bindings/', { target: id, group: group.id, order: made }),
        ),
      ),
    moveBinding: (at, to) =>
      about(bindings(), at, (binding) =>
        about(applications(), to, ({ id }) =>
          gate.api('PATCH', `policies/bindings/${binding.id}/`, { target: id }),
        ),
      ),
    removeBinding: (at) => about(bindings(), at, ({ id }) => gate.api('DELETE', `policies/bindings/${id}/`)),
    giveHeader: async () => {
      const { id, attributes } = await gate.gatelodge.deps.db.user.findFirstOrThrow({
        where: { username: ANNA.username },
      });
      const { additionalHeaders } = attributes as { additionalHeaders?: object };
      const headers = { ...additionalHeaders, [`X-Header-${made}`]: 'x' };
      return gate.api('PATCH', `core/users/${id}/`, { attributes: { additionalHeaders: headers } });
    },
  };
});

/** What can be compared; bindings have no order of their own. */
function contentsOf({ current }: Routing) {
  return current.routes.map(({ isOpen, anonymousAnswer, bindings, ...route }: ProxyRoute) => {
    const original = { scheme: 'https', authority: route.authority } as const;
    return {
      ...route,
      bindings: bindings.map((binding) => JSON.stringify(binding)).sort(),
      openPath: OPEN_PATHS.find((target) => isOpen({ ...original, target })),
      anonymousHeaders: anonymousAnswer.headers,
      isFoundAs: current.find(original)?.providerId,
    };
  });
}
