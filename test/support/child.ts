// A TypeScript file run as a process of its own: for what only real processes can show (locks, kill -9).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';

/** A child whose lines can be read one after the other. */
export interface Child {
  /** The next line of its output; undefined once it has ended. */
  nextLine(): Promise<string | undefined>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs a file with the Node that runs the suite. */
export function runChild(file: string, ...args: string[]): Child {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // The suite's own flags are not the child's.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  running.add(child);
  const ended = once(child, 'exit').then(() => running.delete(child));
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    nextLine: async () => (await lines.next()).value as string | undefined,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
