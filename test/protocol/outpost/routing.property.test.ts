// The table of the gate holds every change that was told, in whatever moment it was told; and is not read for changes that
// do not concern it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { deleteGroup, updateGroup } from '../../../src/identity/group/group.ts';
import { addUser } from '../../../src/identity/group/membership.ts';
import { deleteUser, updateUser } from '../../../src/identity/user/user.ts';
import type { Routing } from '../../../src/protocol/outpost/provider/routing.ts';
import { everyBackend } from '../../support/backends.ts';
import { allowGroup, type Gate, openGate, type ProtectedIds } from './gate.ts';
import { openRouting, untouchedReading } from './observed-routing.ts';

/** More than there are between the last answer of the database and the end of reading. */
const STEPS = 20;

everyBackend('the table of the gate', (backend) => {
  let gate: Gate;
  let app: ProtectedIds;
  let routing: Routing;
  const reading = untouchedReading();

  beforeAll(async () => {
    gate = await openGate(backend);
    app = await gate.protect({ slug: 'app', externalHost: 'https://app.home.test' });
    routing = await openRouting(gate, reading);
  });
  beforeEach(async () => {
    await routing.settle();
    Object.assign(reading, untouchedReading());
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

  it('is read again for a change that is told while it is read for the first time', async () => {
    const external_host = 'https://moved.home.test';
    const first = untouchedReading();
    first.after = async () => {
      first.after = () => undefined;
      await gate.api('PATCH', `providers/proxy/${app.providerId}/`, { external_host });
    };
    const late = await openRouting(gate, first);
    await late.settle();
    late.close();
    expect(late.current.findByProvider(app.providerId)?.externalUrl).toBe(external_host);
  });

  it('is read again after a while for a change that nobody told', async () => {
    const { db } = gate.gatelodge.deps;
    const impatient = await openRouting(gate, untouchedReading(), 0.05);
    const externalHost = 'https://by-hand.home.test';
    await db.proxyProvider.update({ where: { providerId: app.providerId }, data: { externalHost } });
    const isHeard = () => impatient.current.findByProvider(app.providerId)?.externalUrl === externalHost;
    while (!isHeard()) await sleep(10);
    impatient.close();
    expect(routing.current.findByProvider(app.providerId)?.externalUrl).not.toBe(externalHost);
  });

  it('is read again for a change that is told while reading ends', async () => {
    const { changes } = gate.gatelodge.deps;
    const missed: number[] = [];
    for (let step = 0; step < STEPS; step += 1) {
      let readsBefore = Number.POSITIVE_INFINITY;
      reading.after = () => {
        reading.after = () => undefined;
        void later(step).then(() => {
          readsBefore = reading.reads;
          changes.publish('provider', { id: app.providerId });
        });
      };
      changes.publish('provider', { id: app.providerId });
      for (let turn = 0; turn < 50 && reading.reads <= readsBefore; turn += 1) await sleep(20);
      if (reading.reads <= readsBefore) missed.push(step);
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
    expect([reading.reads, routing.current]).toEqual([0, before]);
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
    reading.reads = 0;
    await updateUser(db, changes, await idOf('bert'), give('x-of-anna'));
    await routing.settle();
    expect(reading.reads).toBe(0);
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
    const { db } = gate.gatelodge.deps;
    for (const names of [manyNames('one', 399), manyNames('two', 1)]) {
      await db.provider.createMany({ data: names.map((name) => ({ type: 'proxy' as const, name })) });
      const providers = await db.provider.findMany({ where: { name: { in: names } } });
      const ids = providers.map(({ id, name }) => ({ providerId: id, externalHost: `https://${name}.test` }));
      await db.proxyProvider.createMany({ data: ids });
      const applications = providers.map(({ id, name }) => ({ providerId: id, name, slug: name }));
      await db.application.createMany({ data: applications });
      routing.refresh();
      await routing.settle();
      const all = await db.proxyProvider.findMany({ orderBy: { providerId: 'asc' } });
      expect(routing.current.routes.map(({ providerId }) => providerId)).toEqual(
        all.map(({ providerId }) => providerId),
      );
    }
    expect(routing.current.routes).toHaveLength(401);
  });

  it('reads one of many applications when that one changes, and keeps the others as they are', async () => {
    const before = routing.current.routes;
    expect(before.length).toBeGreaterThan(400);
    const { slug = '', providerId } = before[200] ?? {};
    const changed = () => routing.current.routes.filter((route, index) => route !== before[index]);
    await gate.api('PATCH', `core/applications/${slug}/`, { name: 'Another name' });
    await routing.settle();
    expect([reading.rows, changed()]).toEqual([
      1,
      [expect.objectContaining({ providerId, applicationName: 'Another name' })],
    ]);
    await gate.api('PATCH', `providers/proxy/${providerId}/`, { external_host: 'https://other.home.test' });
    await routing.settle();
    expect([reading.rows, changed()]).toEqual([
      2,
      [expect.objectContaining({ providerId, authority: 'other.home.test' })],
    ]);
  });

  it('stays as it is when a client changes that no proxied application trusts', async () => {
    const before = routing.current;
    const client = await gate.api('POST', 'providers/oauth2/', { name: 'untrusted' });
    await gate.api('DELETE', `providers/oauth2/${client.pk}/`);
    await routing.settle();
    expect(reading.rows).toBe(0);
    expect(routing.current).toBe(before);
  });

  it('reads all when more has changed than is read at once', async () => {
    const { changes } = gate.gatelodge.deps;
    for (let id = 1_000_000; id < 1_000_200; id += 1) changes.publish('provider', { id });
    await routing.settle();
    expect(reading.rows).toBe(routing.current.routes.length);
  });

  it('holds an application once that has gone to another provider, though only that one was told yet', async () => {
    const { db, changes } = gate.gatelodge.deps;
    const [from, to] = routing.current.routes.slice(0, 2);
    if (!from || !to) throw new Error('there are no routes');
    await db.application.update({ where: { id: to.applicationId }, data: { providerId: null } });
    await db.application.update({
      where: { id: from.applicationId },
      data: { providerId: to.providerId },
    });
    changes.publish('provider', { id: to.providerId });
    await routing.settle();
    const [first, ...others] = routing.current.routes;
    expect([first?.providerId, first?.applicationId]).toEqual([to.providerId, from.applicationId]);
    expect(others.map(({ applicationId }) => applicationId)).not.toContain(from.applicationId);
  });
});

function manyNames(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}
