import { describe, expect, it } from '@jest/globals';
import argon2 from 'argon2';
import { PasswordHasher } from '../../src/platform/crypto/password-hash.ts';
import { Unavailable } from '../../src/platform/problem/problem.ts';

const CHEAP = { memoryKib: 1024, passes: 2, parallelism: 1, concurrency: 2, queueLimit: 50 };
const hasher = new PasswordHasher(CHEAP);

describe('a password hash', () => {
  it('is argon2id in the form that libargon2 reads, with a salt of its own', async () => {
    const [one, other] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=1024,t=2,p=1\$/);
    expect(other).not.toBe(one);
  });

  it('is matched by its password alone', async () => {
    const hash = await hasher.hash('correct horse');
    expect(await hasher.verify(hash, 'correct horse')).toBe(true);
    expect(await hasher.verify(hash, 'Correct horse')).toBe(false);
    expect(await hasher.verify(hash, '')).toBe(false);
  });

  it('is matched by the same characters in another Unicode form', async () => {
    expect(await hasher.verify(await hasher.hash('Z\u00fcrich'), 'Zu\u0308rich')).toBe(true);
  });

  it('made elsewhere with other parameters is matched, and due to be renewed', async () => {
    const elsewhere = await argon2.hash('correct horse', { memoryCost: 2048, timeCost: 3, parallelism: 2 });
    expect(await hasher.verify(elsewhere, 'correct horse')).toBe(true);
    expect(hasher.needsRehash(elsewhere)).toBe(true);
    expect(hasher.needsRehash(await hasher.hash('correct horse'))).toBe(false);
  });

  it.each([
    '',
    'x',
    '$argon2id$',
    '$argon2id$v=19$m=1024,t=2,p=1$$',
    '$argon2id$v=19$m=1024,t=2,p=1$c2FsdHNhbHQ',
    '$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=1,t=1,p=900000000$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA',
    '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
    'pbkdf2_sha256$600000$salt$hash',
  ])('that cannot be read (%j) matches nothing and is due to be renewed', async (malformed) => {
    expect(await hasher.verify(malformed, 'correct horse')).toBe(false);
    expect(hasher.needsRehash(malformed)).toBe(true);
  });
});

describe('the queue of password hashes', () => {
  const narrow = () => new PasswordHasher({ ...CHEAP, concurrency: 1, queueLimit: 2 });

  it('refuses with Retry-After what exceeds it, and goes on afterwards', async () => {
    const full = narrow();
    const attempts = await Promise.allSettled(Array.from({ length: 5 }, () => full.hash('flood')));
    const refusals = attempts.filter((attempt) => attempt.status === 'rejected').map(({ reason }) => reason);

    expect(refusals).toHaveLength(2);
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(Unavailable);
      expect(refusal).toMatchObject({ status: 503, retryAfterSeconds: 5 });
    }
    expect(await full.hash('later')).toContain('$argon2id$');
  });

  it('leaves the event loop free', async () => {
    const turns: number[] = [];
    const timer = setInterval(() => turns.push(performance.now()), 1);
    await new PasswordHasher({ ...CHEAP, memoryKib: 65_536 }).hash('slow');
    clearInterval(timer);
    expect(turns.length).toBeGreaterThan(2);
  });
});
