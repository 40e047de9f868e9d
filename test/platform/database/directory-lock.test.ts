// One owner per data directory, whatever happens to the processes that were owners before.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectToOwner, lockDirectory } from '../../../src/platform/database/directory-lock.ts';
import { type Child, runChild } from '../../support/child.ts';

const HOLDER = path.join(import.meta.dirname, 'lock-holder.ts');

describe('the lock on a data directory', () => {
  let directory: string;
  let children: Child[];

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'gatelodge-lock-'));
    children = [];
  });

  afterEach(async () => {
    for (const child of children) await child.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  function startHolder(): Child {
    const child = runChild(HOLDER, directory);
    children.push(child);
    return child;
  }

  it('is refused, in words, to a second process', async () => {
    expect(await startHolder().nextLine()).toBe('locked');
    expect(await startHolder().nextLine()).toBe(
      `refused: The data directory ${directory} is in use by another Gatelodge process. ` +
        'Stop that one first, or set DATABASE_URL: only PostgreSQL can serve several processes.',
    );
  });

  it('is free again after its owner was killed, and leaves no dead claims behind', async () => {
    for (let round = 0; round < 3; round++) {
      const holder = startHolder();
      expect(await holder.nextLine()).toBe('locked');
      await holder.kill();
    }
    const lock = await lockDirectory(directory);
    expect(readdirSync(directory)).toHaveLength(1);
    await lock.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is given to one alone of several that start over a dead claim at the same moment', async () => {
    const dead = startHolder();
    await dead.nextLine();
    await dead.kill();
    const verdicts = await Promise.all([1, 2, 3, 4].map(() => startHolder().nextLine()));
    expect(verdicts.filter((verdict) => verdict === 'locked').length).toBeLessThanOrEqual(1);
    if (!verdicts.includes('locked')) expect(await startHolder().nextLine()).toBe('locked');
  });

  it('lets another process reach the owner', async () => {
    expect(await connectToOwner(directory)).toBeUndefined();
    await startHolder().nextLine();
    const connection = await connectToOwner(directory);
    expect(connection && (await text(connection))).toMatch(/^served by \d+$/);
  });

  it('is released also while somebody is connected who says much and hears nothing', async () => {
    const lock = await lockDirectory(directory);
    const connection = await connectToOwner(directory);
    connection?.write('x'.repeat(100_000));
    connection?.on('error', () => {});
    await lock.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('works in a directory whose path is longer than a socket address', async () => {
    const root = directory;
    directory = path.join(root, ...Array.from({ length: 20 }, () => 'a-long-name'));
    mkdirSync(directory, { recursive: true });
    const lock = await lockDirectory(directory);
    expect(await startHolder().nextLine()).toMatch(/^refused/);
    lock.onConnection((connection) => connection.end('here'));
    const connection = await connectToOwner(directory);
    expect(connection && (await text(connection))).toBe('here');
    await lock.release();
    expect(readdirSync(directory)).toEqual([]);
    directory = root;
  });
});
