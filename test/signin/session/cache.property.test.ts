// The memory of sessions under change: nobody is let in by what was forgotten, outdated, or read before a change.
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { SessionCache } from '../../../src/signin/session/cache.ts';

interface Known {
  readonly owner: number;
  readonly session: string;
  readonly expiresAt: number;
}

const FRESH_SECONDS = 10;
const CAPACITY = 8;
const HOUR = 3_600_000;

const anna = { owner: 1, session: 'a', expiresAt: Date.now() + HOUR };
const annaToo = { owner: 1, session: 'b', expiresAt: Date.now() + HOUR };
const bert = { owner: 2, session: 'c', expiresAt: Date.now() + HOUR };

let store: Map<string, Known>;
let reads: string[];
let cache: SessionCache<Known>;

beforeEach(() => {
  store = new Map([
    ['anna', anna],
    ['anna too', annaToo],
    ['bert', bert],
  ]);
  reads = [];
  cache = open();
});

function open(freshSeconds = () => FRESH_SECONDS): SessionCache<Known> {
  return new SessionCache<Known>({
    read: async (token) => {
      reads.push(token);
      return store.get(token);
    },
    ownerOf: ({ owner }) => owner,
    capacity: CAPACITY,
    longestSeconds: 900,
    freshSeconds,
    patienceSeconds: 0.5,
  });
}

async function remember(...tokens: string[]): Promise<void> {
  for (const token of tokens) await cache.read(token);
}

describe('a remembered session', () => {
  it('is found until it was confirmed too long ago', async () => {
    const before = Date.now();
    await remember('anna');
    expect(cache.find('anna')).toBe(anna);
    expect(cache.find('anna', before + FRESH_SECONDS * 1000 - 1)).toBe(anna);
    expect(cache.find('anna', Date.now() + FRESH_SECONDS * 1000)).toBeUndefined();
  });

  it('is found for as long as it is confirmed, as itself', async () => {
    await remember('anna');
    const later = Date.now() + 60_000;
    cache.confirm('anna', { ...anna }, later);
    expect(cache.find('anna', later)).toBeUndefined();
    cache.confirm('anna', anna, later);
    expect(cache.find('anna', later + FRESH_SECONDS * 1000 - 1)).toBe(anna);
    cache.confirm('anna', anna, later - 30_000);
    expect(cache.find('anna', later + FRESH_SECONDS * 1000 - 1)).toBe(anna);
  });

  it('is unknown from the moment when it expires, however fresh', async () => {
    store.set('short', { ...anna, expiresAt: Date.now() + 2000 });
    await remember('short');
    expect(cache.find('short', Date.now() + 1000)).toBeDefined();
    expect(cache.find('short', Date.now() + 2000)).toBeUndefined();
  });

  it('is not believed once the clock was set back', async () => {
    await remember('anna');
    expect(cache.find('anna', Date.now() - 60_000)).toBeUndefined();
  });

  it('is believed for as long as the moment says', async () => {
    let seconds = FRESH_SECONDS;
    cache = open(() => seconds);
    await remember('anna');
    seconds = 5;
    expect(cache.find('anna', Date.now() + 6000)).toBeUndefined();
  });

  it('is forgotten when the store has it no more', async () => {
    await remember('anna');
    store.clear();
    await remember('anna');
    expect(cache.find('anna')).toBeUndefined();
    expect(cache.recall('anna')).toBeUndefined();
  });

  it('is not asked about any more when nobody comes with it, or all of it must be read again', async () => {
    await remember('anna', 'bert');
    const now = Date.now();
    cache.find('bert', now + 1000);
    expect([...cache.inUse(now + 500, now + 1000)].map(([token]) => token)).toEqual(['bert']);
    expect([...cache.inUse(now, now + 900 * 1250)]).toEqual([]);
  });
});

describe('what is dropped', () => {
  it("is one person's, and only what is meant of it", async () => {
    await remember('anna', 'anna too', 'bert');
    cache.dropOf(1, ({ session }) => session === 'a');
    expect([cache.find('anna'), cache.find('anna too'), cache.find('bert')]).toEqual([
      undefined,
      annaToo,
      bert,
    ]);
    cache.dropOf(1);
    expect([cache.find('anna too'), cache.find('bert')]).toEqual([undefined, bert]);
  });

  it('is whatever is meant, whoever has it', async () => {
    await remember('anna', 'anna too', 'bert');
    cache.dropWhere(({ session }) => session !== 'b');
    expect([cache.find('anna'), cache.find('anna too'), cache.find('bert')]).toEqual([
      undefined,
      annaToo,
      undefined,
    ]);
    cache.clear();
    expect(cache.find('anna too')).toBeUndefined();
  });

  it.each([
    ['of one person', () => cache.dropOf(1)],
    ['of whoever is meant', () => cache.dropWhere(({ owner }) => owner === 1)],
    ['of everybody', () => cache.clear()],
  ])('is also what nobody has come with for long: %s', async (_, drop) => {
    await remember('anna', 'anna too', ...strangers(CAPACITY / 2));
    cache.find('anna');
    await remember('anna too', ...strangers(2));
    drop();
    expect([cache.find('anna'), cache.find('anna too')]).toEqual([undefined, undefined]);
  });

  it('can be remembered and dropped any number of times', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await remember('anna', 'anna too');
      expect([cache.find('anna'), cache.find('anna too')]).toEqual([anna, annaToo]);
      cache.dropOf(1);
      expect([cache.find('anna'), cache.find('anna too')]).toEqual([undefined, undefined]);
    }
  });

  function strangers(count: number): string[] {
    const tokens = Array.from({ length: count }, (_, index) => `stranger ${index}`);
    for (const token of tokens) store.set(token, bert);
    return tokens;
  }
});

describe('a read that a change overtakes', () => {
  /** A store whose answer was true when it was asked, and takes its time. */
  const slowly = async (token: string) => {
    reads.push(token);
    const known = store.get(token);
    await sleep(50);
    return known;
  };

  it.each([
    ['of the person', () => cache.dropOf(1)],
    ['of the session', () => cache.dropOf(1, ({ session }) => session === 'a')],
    ['of the application', () => cache.dropWhere(({ session }) => session === 'a')],
    ['of everything', () => cache.clear()],
  ])('lets nobody in by what was true before: %s', async (_, drop) => {
    const underWay = cache.read('anna', slowly);
    store.delete('anna');
    drop();
    expect(await underWay).toBeUndefined();
    expect(cache.find('anna')).toBeUndefined();
    expect(reads).toEqual(['anna', 'anna']);
  });

  it('is not shared with who asks after the change', async () => {
    const before = cache.read('anna', slowly);
    cache.clear();
    const after = cache.read('anna', slowly);
    expect(after).not.toBe(before);
    await Promise.all([before, after]);
  });

  it('is good when the change concerned somebody else', async () => {
    const underWay = cache.read('anna', slowly);
    cache.dropOf(2);
    expect(await underWay).toBe(anna);
    expect(cache.find('anna')).toBe(anna);
    expect(reads).toEqual(['anna']);
  });

  it('is given up when changes do not end', async () => {
    const changes = setInterval(() => cache.dropOf(1), 10);
    await expect(cache.read('anna', slowly)).rejects.toThrow('in time');
    clearInterval(changes);
    expect(cache.find('anna')).toBeUndefined();
  });
});

describe('a read', () => {
  it('is shared by all who ask meanwhile', async () => {
    const answers = await Promise.all([cache.read('anna'), cache.read('anna'), cache.read('anna')]);
    expect(answers).toEqual([anna, anna, anna]);
    expect(reads).toEqual(['anna']);
  });

  it('that is not answered in time is a failure, and what comes late is not kept', async () => {
    const late = () => sleep(700).then(() => anna);
    await expect(cache.read('anna', late)).rejects.toThrow('in time');
    await sleep(300);
    expect(cache.find('anna')).toBeUndefined();
  });

  it('that fails leaves nothing behind, and the next one asks again', async () => {
    const broken = () => Promise.reject(new Error('the store is away'));
    await expect(cache.read('anna', broken)).rejects.toThrow('away');
    expect(await cache.read('anna')).toBe(anna);
  });
});

it('keeps no more than fits, and those who come again longest', async () => {
  await remember('anna');
  for (let index = 0; index < CAPACITY * 2; index += 1) {
    store.set(`${index}`, bert);
    await remember(`${index}`);
    expect(cache.find('anna')).toBe(anna);
  }
  const kept = Array.from({ length: CAPACITY * 2 }, (_, index) => cache.recall(`${index}`)).filter(Boolean);
  expect(kept.length).toBeLessThan(CAPACITY);
});
