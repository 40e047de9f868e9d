// Gatelodge as people run it: a process of its own, started by `main.ts serve` on a data directory, that can be stopped,
// or killed without warning. For what a server inside the test's own process cannot show.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/main.ts');
const READY_WITHIN_MS = 60_000;

export interface GatelodgeProcess {
  readonly origin: string;
  readonly pid: number;
  /** Standard output and standard error so far. */
  output(): string;
  /** Resolves when it serves; rejects with its output when it ends before that, or takes a minute. */
  untilReady(): Promise<void>;
  /** Resolves once it has ended: with its exit code, or null when a signal ended it. */
  untilEnded(): Promise<number | null>;
  /** Sends the signal, then waits like `untilEnded`. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

export interface GatelodgeProcessOptions {
  readonly dataDirectory: string;
  /** A free one unless given; the same again after a restart keeps the origin. */
  readonly port?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** What the command is run under, for example `['taskset', '-c', '1']`. */
  readonly under?: readonly string[];
}

/** Starts the process without waiting for it to be ready. */
export async function startGatelodgeProcess(options: GatelodgeProcessOptions): Promise<GatelodgeProcess> {
  const { dataDirectory, environment = {}, under = [] } = options;
  const port = options.port ?? (await findFreePort());
  const command = [...under, process.execPath, '--disable-warning=ExperimentalWarning', MAIN, 'serve'];
  const [file = process.execPath, ...args] = command;
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      GATELODGE_DATA_DIR: dataDirectory,
      GATELODGE_LISTEN_HTTP: `127.0.0.1:${port}`,
      GATELODGE_LISTEN_HTTPS: '127.0.0.1:0',
      GATELODGE_LISTEN_METRICS: '127.0.0.1:0',
      GATELODGE_LOG_LEVEL: 'warn',
      ...environment,
    },
  });
  return observe(child, `http://127.0.0.1:${port}`);
}

function observe(child: ChildProcess, origin: string): GatelodgeProcess {
  let output = '';
  const append = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout?.on('data', append);
  child.stderr?.on('data', append);
  const ended = once(child, 'close').then(() => child.exitCode);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    origin,
    pid: child.pid ?? 0,
    output: () => output,
    untilEnded: () => ended,
    end(signal) {
      child.kill(signal);
      return ended;
    },
    async untilReady() {
      const deadline = Date.now() + READY_WITHIN_MS;
      while (!(await isReady(origin))) {
        if (hasEnded()) throw new Error(`Gatelodge ended before it was ready:\n${output}`);
        if (Date.now() > deadline) {
          child.kill('SIGKILL');
          throw new Error(`Gatelodge was not ready after a minute, and was ended:\n${output}`);
        }
        await sleep(20);
      }
    },
  };
}

async function isReady(origin: string): Promise<boolean> {
  return fetch(`${origin}/-/health/ready/`).then(
    (response) => response.ok,
    () => false,
  );
}
