// A relying party in another language: test/end-to-end/authlib-client.py, on Debian's python3-authlib.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

// Debian's own: another Python on the PATH does not know Debian's packages.
const PYTHON = '/usr/bin/python3';
const SCRIPT = path.resolve(import.meta.dirname, '../end-to-end/authlib-client.py');

/** Whether this machine has Authlib. */
export const hasAuthlib = spawnSync(PYTHON, ['-c', 'import authlib, requests']).status === 0;

export interface AuthlibClient {
  /** Does one of the script's tasks; what Authlib raises comes back as `refused`. */
  ask(task: string, parameters?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

export function startAuthlib(): AuthlibClient {
  const python = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  return {
    async ask(task, parameters = {}) {
      python.stdin.write(`${JSON.stringify({ task, ...parameters })}\n`);
      const { value } = await lines.next();
      if (typeof value !== 'string') throw new Error('The Python client has ended');
      return JSON.parse(value);
    },
    async stop() {
      python.stdin.end();
      if (python.exitCode === null) await once(python, 'exit');
    },
  };
}
