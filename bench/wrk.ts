// The same load by wrk, whose requests cost a fraction of ours: for servers that want every core for themselves.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CONNECTIONS } from './gate.ts';

const WRK = '/usr/bin/wrk';
/** True when Debian's package is installed. */
export const hasWrk: boolean = existsSync(WRK);

interface Wanted {
  readonly origin: string;
  readonly seconds: number;
  /** Request lines and headers, each without the empty line at the end; sent in turn. */
  readonly requests: readonly string[];
  /** What it is run under (taskset). */
  readonly under?: readonly string[];
}

/** Runs the load; throws when an answer was not 2xx or 3xx, or none came. */
export async function runWrk({
  origin,
  seconds,
  requests,
  under = [],
}: Wanted): Promise<{ count: number; perSecond: number }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gatelodge-wrk-'));
  try {
    const script = path.join(directory, 'requests.lua');
    const lines = requests.map((request) => JSON.stringify(`${request}\r\n\r\n`));
    await writeFile(
      script,
      `local requests = { ${lines.join(', ')} }\nlocal turn = 0\nrequest = function()\n  turn = turn % #requests + 1\n  return requests[turn]\nend\n`,
    );
    const client = [WRK, '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, origin];
    const [file = WRK, ...args] = [...under, ...client];
    const { stdout } = await promisify(execFile)(file, args);
    const [, count] = /(\d+) requests in/.exec(stdout) ?? [];
    const [, perSecond] = /Requests\/sec: +([\d.]+)/.exec(stdout) ?? [];
    if (!count || !perSecond || /Non-2xx|Socket errors/.test(stdout))
      throw new Error(`wrk has failed:\n${stdout}`);
    return { count: Number(count), perSecond: Number(perSecond) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
