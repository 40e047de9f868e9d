import { describe, expect, it } from '@jest/globals';
import { CannotUnseal, Vault } from '../../src/platform/crypto/vault.ts';

const CURRENT = 'the-current-secret-key-0123456789abcdef';
const EARLIER = 'the-earlier-secret-key-0123456789abcdef';

function refusalOf(attempt: () => unknown): CannotUnseal {
  try {
    attempt();
  } catch (error) {
    if (error instanceof CannotUnseal) return error;
    throw error;
  }
  throw new Error('It was opened.');
}

/** The same text with one character changed, to another of the base64url alphabet. */
function withChange(sealed: string, index: number): string {
  const at = index < 0 ? sealed.length + index : index;
  return sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
}

describe('the vault', () => {
  const vault = new Vault(CURRENT);

  it.each(['', 'a client secret', 'ünïcödé 🔑', 'x'.repeat(10_000)])('opens what it sealed (%#)', (plain) => {
    expect(vault.open(vault.seal(plain))).toBe(plain);
  });

  it('never seals the same text to the same result', () => {
    expect(vault.seal('same')).not.toBe(vault.seal('same'));
  });

  it('writes the id of its key, and nothing of the text, into the result', () => {
    const sealed = vault.seal('a client secret');
    expect(sealed).toMatch(new RegExp(`^v1\\.${vault.keyId}\\.[\\w-]+$`));
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('client');
  });

  it('opens what a previous key sealed, and seals with the current one', () => {
    const rotated = new Vault(CURRENT, [EARLIER]);
    expect(rotated.open(new Vault(EARLIER).seal('kept'))).toBe('kept');
    expect(vault.open(rotated.seal('new'))).toBe('new');
  });

  it('names both keys when the one it needs is missing', () => {
    const foreign = new Vault(EARLIER);
    const refusal = refusalOf(() => vault.open(foreign.seal('secret')));
    expect(refusal.reason).toBe('unknown_key');
    expect(refusal.message).toContain(foreign.keyId);
    expect(refusal.message).toContain(vault.keyId);
    expect(refusal.message).not.toContain(CURRENT);
  });

  it('refuses a sealed text with another key id on it', () => {
    const rotated = new Vault(CURRENT, [EARLIER]);
    const relabelled = rotated.seal('secret').replace(rotated.keyId, new Vault(EARLIER).keyId);
    expect(refusalOf(() => rotated.open(relabelled)).reason).toBe('damaged');
  });

  const sealed = vault.seal('secret');
  it.each([
    ['a changed nonce', withChange(sealed, 'v1.00000000.'.length)],
    ['a changed ciphertext', withChange(sealed, 'v1.00000000.'.length + 18)],
    ['a changed tag', withChange(sealed, -3)],
    ['a truncated text', sealed.slice(0, -4)],
    ['a body shorter than a nonce and a tag', sealed.slice(0, 20)],
    ['another version', sealed.replace('v1', 'v2')],
    ['a fourth part', `${sealed}.x`],
    ['plain text', 'secret'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(refusalOf(() => vault.open(text)).reason).toBe('damaged');
  });
});

describe('a subkey', () => {
  it('is the same for the same purpose and key, and different otherwise', () => {
    const subkeys = [
      new Vault(CURRENT).subkey('csrf'),
      new Vault(CURRENT).subkey('cookie'),
      new Vault(EARLIER).subkey('csrf'),
    ].map((key) => key.toString('hex'));
    expect(new Set(subkeys).size).toBe(3);
    expect(new Vault(CURRENT, [EARLIER]).subkey('csrf').toString('hex')).toBe(subkeys[0]);
    expect(subkeys[0]).toHaveLength(64);
  });
});
