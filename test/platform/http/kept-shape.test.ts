// V8 says which compiled code it throws away because what it was compiled for is gone.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const TICKS = path.join(import.meta.dirname, 'ticks.ts');
const FLAGS = ['--disable-warning=ExperimentalWarning', '--expose-gc', '--trace-deopt'];

/** How often Node's compiled nextTick was thrown away for want of its objects' shape. */
async function countForgotten(...args: string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, TICKS, ...args], {
    env: { ...process.env, NODE_OPTIONS: '' },
    maxBuffer: 2 ** 26,
  });
  const lines = stdout.split('\n').filter((line) => line.includes('<SharedFunctionInfo nextTick>'));
  return lines.filter((line) => line.includes('embedded weak objects cleared')).length;
}

describe('the shape of what is deferred', () => {
  it('is forgotten when garbage is collected', async () => {
    expect(await countForgotten()).toBeGreaterThan(0);
  });

  it('is kept once it has been asked for', async () => {
    expect(await countForgotten('keep')).toBe(0);
  });
});
