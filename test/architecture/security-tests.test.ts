// docs/security-tests.md says which test holds which promise: the tests it names are there, and it names every suite of a
// property.
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const TESTS = path.resolve(import.meta.dirname, '..');
const text = readFileSync(path.resolve(TESTS, '../docs/security-tests.md'), 'utf8');
const named = new Set(
  [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file = '']) => file.replace(/^test\//, '')),
);

describe('docs/security-tests.md', () => {
  it('names only tests that are there', () => {
    expect(named.size).toBeGreaterThan(50);
    expect([...named].filter((file) => !existsSync(path.join(TESTS, file)))).toEqual([]);
  });

  it('names every suite of a property', () => {
    const suites = globSync('**/*.property.test.ts', {
      cwd: TESTS,
      exclude: (name) => name === 'node_modules' || name === 'applications',
    });
    expect(suites.filter((file) => !named.has(file))).toEqual([]);
  });
});
