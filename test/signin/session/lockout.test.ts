import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import {
  addressKey,
  admitAttempt,
  forgiveAttempt,
  purgeLockouts,
} from '../../../src/signin/session/lockout.ts';
import { everyBackend } from '../../support/backends.ts';
import { openParts, type Parts } from './stores.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

everyBackend('lockout', (backend) => {
  let parts: Parts;
  const begin = Date.now();
  const at = (milliseconds: number) => new Date(begin + milliseconds);
  const attempt = { login: 'anna', clientAddress: '192.0.2.1' };
  const from = (clientAddress: string) => ({ ...attempt, clientAddress });
  const fail = (tried: typeof attempt, now: Date) => admitAttempt(parts.database.db, tried, now);

  beforeAll(async () => {
    parts = await openParts(backend);
  });
  beforeEach(() => parts.database.db.lockout.deleteMany());
  afterAll(() => parts.close());

  /** Fails as soon as that is possible, and answers the seconds that each further attempt had to wait. */
  async function delays(count: number): Promise<number[]> {
    const waited: number[] = [];
    let now = 0;
    for (let address = 0; waited.length < count; ) {
      const before = now;
      while (!(await fail(from(`192.0.2.${address++ % 250}`), at(now))).isAdmitted) now += SECOND;
      waited.push((now - before) / SECOND);
    }
    return waited;
  }

  it('lets five attempts pass at once, and then doubles the wait up to two minutes', async () => {
    expect(await delays(13)).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 120]);
  });

  it('gives an account five attempts also when fifty come at the same time', async () => {
    const tried = Array.from({ length: 50 }, (_, index) => fail(from(`192.0.2.${index}`), at(0)));
    const admitted = (await Promise.all(tried)).filter(({ isAdmitted }) => isAdmitted);
    expect(admitted).toHaveLength(5);
  });

  it('gives an address twenty attempts, whichever names it tries, and tells it how long to wait', async () => {
    const tried = Array.from({ length: 40 }, (_, index) =>
      fail({ login: `user-${index}`, clientAddress: '192.0.2.1' }, at(0)),
    );
    const admissions = await Promise.all(tried);
    expect(admissions.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(20);
    expect(admissions.find(({ isAdmitted }) => !isAdmitted)).toEqual({
      isAdmitted: false,
      because: 'address',
      retryAfterSeconds: 1,
    });
  });

  it('counts an account whatever the case and the spaces that its name is typed with', async () => {
    for (const login of ['anna', 'ANNA', ' Anna ', 'aNNa', 'anna']) await fail({ ...attempt, login }, at(0));
    expect(await fail(from('192.0.2.2'), at(0))).toEqual({ isAdmitted: false, because: 'account' });
  });

  it('begins anew for an account after a right password, and keeps the other failures of the address', async () => {
    for (let count = 0; count < 5; count++) await fail(attempt, at(0));
    await forgiveAttempt(parts.database.db, attempt);
    expect(await fail(from('192.0.2.2'), at(0))).toEqual({ isAdmitted: true });
    const address = await parts.database.db.lockout.findUnique({ where: { key: 'address:192.0.2.1' } });
    expect(address?.failures).toBe(4);
  });

  it('forgets after an hour without failures', async () => {
    for (let count = 0; count < 5; count++) await fail(attempt, at(0));
    for (let count = 0; count < 5; count++) {
      expect(await fail(from(`198.51.100.${count}`), at(HOUR + SECOND))).toEqual({ isAdmitted: true });
    }
    await purgeLockouts(parts.database.db, at(3 * HOUR));
    expect(await parts.database.db.lockout.count()).toBe(0);
  });

  it('lets the person in most of the time, however long one stranger keeps guessing their name', async () => {
    const day = 24 * HOUR;
    let secondsOpen = 0;
    const step = 30 * SECOND;
    for (let now = 0; now < day / 8; now += step) {
      await fail(from('203.0.113.66'), at(now));
      const lockout = await parts.database.db.lockout.findFirst({
        where: { key: { startsWith: 'account:' } },
      });
      if (!lockout?.blockedUntil || lockout.blockedUntil <= at(now)) secondsOpen += step / SECOND;
    }
    expect(secondsOpen / (day / 8 / SECOND)).toBeGreaterThan(0.7);
  });

  it.each([
    ['192.0.2.1', 'address:192.0.2.1'],
    ['::ffff:192.0.2.1', 'address:192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', 'address:2001:db8:1:2::/64'],
    ['2001:db8:1:2::ffff', 'address:2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'address:fe80:0:0:0::/64'],
    ['', 'address:unknown'],
  ])('counts %j as %j', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
