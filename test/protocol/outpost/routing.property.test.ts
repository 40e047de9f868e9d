// The table of the gate holds every change that was told, in whatever moment it was told; and is not read for changes that
// do not concern it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { deleteGroup, updateGroup } from '../../../src/identity/group/group.ts';
import { addUser } from '../../../src/identity/group/membership.ts';
import { deleteUser, updateUser } from '../../../src/identity/user/user.ts';
import { Routing } from '../../../src/protocol/outpost/provider/routing.ts';
import { everyBackend } from '../../support/backends.ts';
import { allowGroup, type Gate, openGate, type ProtectedIds } from './gate.ts';

/** More than there are between the last answer of the database and the end of reading. */
const STEPS = 20;

everyBackend('the table of the gate', (backend) => {
  let gate: Gate;
  let app: ProtectedIds;
  let routing: Routing;
  let reads: number;
  let afterRead: () => void;

  beforeAll(async () => {
    gate = await openGate(backend);
    app = await gate.protect({ slug: 'app', externalHost: 'https://app.home.test' });
    const { db, changes } = gate.gatelodge.deps;
    const findMany = async (query: Parameters<typeof db.proxyProvider.findMany>[0]) => {
      reads += 1;
      const rows = await db.proxyProvider.findMany(query);
      afterRead();
      return rows;
    };
    const { oAuth2Provider } = db;
    const $queryRaw = db.$queryRaw.bind(db);
    const observed = { proxyProvider: { findMany }, oAuth2Provider, $queryRaw } as unknown as typeof db;
    [reads, afterRead] = [0, () => undefined];
    routing = await Routing.open({ db: observed, changes, log: pino({ level: 'silent' }) });
  });
  beforeEach(async () => {
    await routing.settle();
    [reads, afterRead] = [0, () => undefined];
  });
  afterAll(async () => {
    routing?.close();
    await gate?.gatelodge.stop();
  });

  const idOf = async (username: string) =>
    (await gate.gatelodge.deps.db.user.findFirstOrThrow({ where: { username } })).id;
  const groupIdOf = async (name: string) =>
    (await gate.gatelodge.deps.db.group.findFirstOrThrow({ where: { name } })).id;
  const namesTold = () => routing.current.routes[0]?.additionalNames;

  it('is read again for a change that is told while reading ends', async () => {
    const { changes } = gate.gatelodge.deps;
    const missed: number[] = [];
    for (let step = 0; step < STEPS; step += 1) {
      let readsBefore = Number.POSITIVE_INFINITY;
      afterRead = () => {
        afterRead = () => undefined;
        void later(step).then(() => {
          readsBefore = reads;
          changes.publish('provider', { id: app.providerId });
        });
      };
      changes.publish('provider', { id: app.providerId });
      for (let turn = 0; turn < 50 && reads <= readsBefore; turn += 1) await sleep(20);
      if (reads <= readsBefore) missed.push(step);
    }
    expect(missed).toEqual([]);
  });

  async function later(steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) await undefined;
  }

  it('stays as it is when people and groups change that it says nothing of', async () => {
    const { db, changes } = gate.gatelodge.deps;
    const before = routing.current;
    await updateUser(db, changes, await idOf('anna'), { name: 'Anna', attributes: { department: 'x' } });
    await addUser(db, changes, await groupIdOf('family'), await idOf('bert'));
    await updateGroup(db, changes, await groupIdOf('family'), { attributes: { floor: 3 } });
    await routing.settle();
    expect([reads, routing.current]).toEqual([0, before]);
  });

  it('knows every header that somebody has been given, or a group', async () => {
    const { db, changes } = gate.gatelodge.deps;
    const give = (name: string) => ({ attributes: { additionalHeaders: { [name]: 'x' } } });
    await updateUser(db, changes, await idOf('anna'), give('X-Of-Anna'));
    await routing.settle();
    expect(namesTold()).toEqual(['X-Of-Anna']);
    await updateGroup(db, changes, await groupIdOf('family'), give('X-Of-Family'));
    await routing.settle();
    expect(namesTold()).toEqual(['X-Of-Anna', 'X-Of-Family']);
    reads = 0;
    await updateUser(db, changes, await idOf('bert'), give('x-of-anna'));
    await routing.settle();
    expect(reads).toBe(0);
  });

  it('follows when a group or a person goes whom its rules name', async () => {
    const { db, changes } = gate.gatelodge.deps;
    for (const name of ['family', 'media']) await allowGroup(gate.api, app.applicationId, name);
    await gate.api('POST', 'policies/bindings/', {
      target: app.applicationId,
      user: await idOf('bert'),
      order: 1,
    });
    await routing.settle();
    const rules = () => routing.current.findByProvider(app.providerId)?.bindings.length;
    expect(rules()).toBe(3);
    await deleteGroup(db, changes, await groupIdOf('family'));
    await routing.settle();
    expect(rules()).toBe(2);
    await deleteUser(db, changes, await idOf('bert'));
    await routing.settle();
    expect(rules()).toBe(1);
  });

  it('holds each of many applications once, in their order', async () => {
    const { db, changes } = gate.gatelodge.deps;
    for (const names of [manyNames('one', 399), manyNames('two', 1)]) {
      await db.provider.createMany({ data: names.map((name) => ({ type: 'proxy' as const, name })) });
      const providers = await db.provider.findMany({ where: { name: { in: names } } });
      const ids = providers.map(({ id, name }) => ({ providerId: id, externalHost: `https://${name}.test` }));
      await db.proxyProvider.createMany({ data: ids });
      const applications = providers.map(({ id, name }) => ({ providerId: id, name, slug: name }));
      await db.application.createMany({ data: applications });
      changes.publish('provider', { id: app.providerId });
      await routing.settle();
      const all = await db.proxyProvider.findMany({ orderBy: { providerId: 'asc' } });
      expect(routing.current.routes.map(({ providerId }) => providerId)).toEqual(
        all.map(({ providerId }) => providerId),
      );
    }
    expect(routing.current.routes).toHaveLength(401);
  });
});

function manyNames(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}
