// There is exactly one first administrator (CVE-2023-46249), and always at least one administrator after that.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { isAdministrator, removeUser, setGroupsOfUser } from '../../src/identity/group/membership.ts';
import { isSetUp } from '../../src/identity/installation/installation.ts';
import { createFirstAdministrator } from '../../src/identity/user/first-administrator.ts';
import { createUser } from '../../src/identity/user/user.ts';
import { Conflict } from '../../src/platform/problem/problem.ts';
import { everyBackend } from '../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';

everyBackend('the first administrator', (backend) => {
  let gatelodge: Gatelodge;
  const administrator = (username: string) => {
    const { db, changes, passwords } = gatelodge.deps;
    return createFirstAdministrator(db, changes, passwords, {
      username,
      name: '',
      email: '',
      password: 'long enough',
    });
  };

  beforeAll(async () => {
    gatelodge = await startGatelodge({ ...backend, isSetUp: false });
  });
  afterAll(() => gatelodge?.stop());

  it('is not made when something is wrong with the form, and can be made after that', async () => {
    await expect(administrator('')).rejects.toMatchObject({ fields: { username: [expect.anything()] } });
    expect(await isSetUp(gatelodge.deps.db)).toBe(false);
  });

  it('is made once, when ten try at the same moment', async () => {
    const attempts = Array.from({ length: 10 }, (_, index) => administrator(`first-${index}`));
    const results = await Promise.all(attempts);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await gatelodge.deps.db.user.count()).toBe(1);
    expect(await isSetUp(gatelodge.deps.db)).toBe(true);
  });

  it('is never made again, not even when all users are gone', async () => {
    await gatelodge.deps.db.user.deleteMany();
    expect(await administrator('again')).toEqual({ ok: false, reason: 'already_set_up' });
    expect(await gatelodge.deps.db.user.count()).toBe(0);
  });

  it('leaves one behind, when two administrators remove each other at the same moment', async () => {
    const { db, changes } = gatelodge.deps;
    const group = await db.group.findFirstOrThrow({ where: { isSuperuser: true } });
    const [one, two] = [
      await createUser(db, changes, { username: 'one' }),
      await createUser(db, changes, { username: 'two' }),
    ];
    for (const { id } of [one, two]) await setGroupsOfUser(db, changes, id, [group.id]);
    const outcomes = await Promise.allSettled([
      removeUser(db, changes, group.id, one.id),
      removeUser(db, changes, group.id, two.id),
    ]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => reason)).toEqual([expect.any(Conflict)]);
    const remaining = [await isAdministrator(db, one.id), await isAdministrator(db, two.id)];
    expect(remaining.toSorted()).toEqual([false, true]);
  });
});
