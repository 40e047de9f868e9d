import { describe, expect, it } from '@jest/globals';
import { MAX_PASSWORD, passwordFault } from '../../src/identity/user/password-rules.ts';

const ANNA = { username: 'anna', name: 'Anna Schmidt', email: 'anna.schmidt@example.test' };

describe('a new password', () => {
  it.each([
    ['nine characters', 'kf8#dQ2!x', 'tooShort'],
    ['five characters that take ten units', '😀😀😀😀😀', 'tooShort'],
    ['more than any passphrase', 'velvet harbour moss '.repeat(60), 'tooLong'],
    ['one that was stolen elsewhere', 'password123', 'breached'],
    ['one that was stolen elsewhere, in capitals', 'PASSWORD123', 'breached'],
    ['the same character', 'aaaaaaaaaaaaaaa', 'guessable'],
    ['a row of keys', 'asdfghjkl;asdf', 'guessable'],
    ['their own name and a year', 'AnnaSchmidt2026', 'guessable'],
    ['their own address', 'anna.schmidt@example.test', 'guessable'],
  ])('is refused when it is %s', async (_what, password, fault) => {
    expect(await passwordFault(password, ANNA)).toBe(`user.password.${fault}`);
  });

  it.each([
    'velvet harbour moss',
    'correct horse battery staple',
    'kf8dq2wxme',
    'ein rotes Fahrrad im Schnee',
    '竹取物語の続きを読む夜',
    'x'.repeat(3) + ' zebra quilt '.repeat(70),
  ])('may be %j: nothing is said about what it is made of', async (password) => {
    expect(await passwordFault(password, ANNA)).toBeUndefined();
  });

  it('is judged in bounded time, however long and repetitive it is', async () => {
    await passwordFault('velvet harbour moss', ANNA);
    const begin = performance.now();
    for (const unit of ['a', 'ab', 'abc ', 'p4ssw0rd', '1a2b']) {
      await passwordFault(unit.repeat(MAX_PASSWORD).slice(0, MAX_PASSWORD), ANNA);
    }
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});
