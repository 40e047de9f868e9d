// V8 says which compiled code it throws away because what it was compiled for is gone.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GatelodgeProcess, startGatelodgeProcess } from '../../support/gatelodge-process.ts';
import { createDataDirectory, removeDataDirectory } from '../../support/services.ts';

const TICKS = path.join(import.meta.dirname, 'ticks.ts');
const NODE_OPTIONS = `--disable-warning=ExperimentalWarning --import ${TICKS}`;
const IDLE = 'setInterval(() => undefined, 1000); process.once("SIGTERM", () => process.exit())';

describe('the shape of what is deferred', () => {
  let dataDirectory: string;
  let idle: ChildProcess | undefined;
  let server: GatelodgeProcess | undefined;

  beforeAll(async () => {
    dataDirectory = await createDataDirectory();
  });
  afterAll(async () => {
    idle?.kill('SIGKILL');
    await server?.end('SIGKILL');
    removeDataDirectory(dataDirectory);
  });

  it('is forgotten by a process that does nothing when garbage is collected', async () => {
    idle = spawn(process.execPath, ['-e', `${IDLE}; console.log("idle")`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS },
    });
    let output = '';
    idle.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    await until(() => output.includes('idle'));
    idle.kill('SIGUSR2');
    await until(() => output.includes('deferred'));
    idle.kill('SIGTERM');
    await once(idle, 'close');
    expect(countForgotten(output)).toBeGreaterThan(0);
  });

  it('is kept by a server', async () => {
    server = await startGatelodgeProcess({ dataDirectory, environment: { NODE_OPTIONS } });
    await server.untilReady();
    process.kill(server.pid, 'SIGUSR2');
    await until(() => server?.output().includes('deferred'));
    await server.end('SIGTERM');
    expect(server.output()).toContain('SharedFunctionInfo');
    expect(countForgotten(server.output())).toBe(0);
  });
});

/** Resolves once it is so; the test's own time limit ends the wait. */
async function until(isSo: () => boolean | undefined): Promise<void> {
  while (!isSo()) await sleep(20);
}

/** How often Node's compiled nextTick was thrown away for want of its objects' shape. */
function countForgotten(output: string): number {
  const lines = output.split('\n').filter((line) => line.includes('<SharedFunctionInfo nextTick>'));
  return lines.filter((line) => line.includes('embedded weak objects cleared')).length;
}
