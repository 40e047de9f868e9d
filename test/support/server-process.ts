// A server from Debian's packages, run by the suite: it dies with us, even when we are killed.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const SETPRIV = '/usr/bin/setpriv';
const STOP_WITHIN_MILLISECONDS = 5_000;
const READY_WITHIN_MILLISECONDS = 20_000;

export interface ServerProcess {
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

interface ServerOptions {
  /** The user to run as when the suite runs as root. */
  readonly user?: string;
  /** How the program likes to be asked to stop at once. */
  readonly stopSignal?: 'SIGINT' | 'SIGTERM';
  /** Beside our own environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a program that stays in the foreground and resolves when `isReady` does. */
export async function startServerProcess(
  file: string,
  args: readonly string[],
  isReady: () => Promise<unknown>,
  { user, stopSignal = 'SIGTERM', environment }: ServerOptions = {},
): Promise<ServerProcess> {
  const command = existsSync(SETPRIV)
    ? [SETPRIV, '--pdeathsig', stopSignal.replace('SIG', ''), file, ...args]
    : [file, ...args];
  const child = spawn(command[0] ?? file, command.slice(1), {
    ...identityOf(user),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-4_000);
  });
  const server = { process: child, stop: () => stop(child, stopSignal) };
  await untilReady(child, isReady, () => said).catch(async (error) => {
    await server.stop();
    throw error;
  });
  return server;
}

/** The ids of a user when we are root and must become somebody else; otherwise nothing. */
export function identityOf(user: string | undefined): { uid?: number; gid?: number } {
  if (!user || process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

async function untilReady(
  child: ChildProcess,
  isReady: () => Promise<unknown>,
  said: () => string,
): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MILLISECONDS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended at once: ${said()}`);
    try {
      await isReady();
      return;
    } catch (cause) {
      if (Date.now() > giveUpAt) throw new Error(`${child.spawnfile} did not start: ${said()}`, { cause });
      await sleep(30);
    }
  }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const isEnded = await Promise.race([ended, sleep(STOP_WITHIN_MILLISECONDS, false, { ref: false })]);
  if (isEnded) return;
  child.kill('SIGKILL');
  await ended;
}
