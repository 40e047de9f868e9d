// Which threads of a running server give way to which. Only Linux has priorities of threads.
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GatelodgeProcess, startGatelodgeProcess } from '../support/gatelodge-process.ts';
import { createDataDirectory, removeDataDirectory } from '../support/services.ts';

(process.platform === 'linux' ? describe : describe.skip)('a thread of the server', () => {
  let dataDirectory: string;
  let server: GatelodgeProcess;

  beforeAll(async () => {
    dataDirectory = await createDataDirectory();
    server = await startGatelodgeProcess({ dataDirectory });
    await server.untilReady();
  });

  afterAll(async () => {
    await server.end('SIGTERM');
    removeDataDirectory(dataDirectory);
  });

  /** How far back the process's threads stand, by whether they compute hashes. */
  function priorities(areHashing: boolean): number[] {
    const tasks = `/proc/${server.pid}/task`;
    const nameOf = (thread: string) => readFileSync(`${tasks}/${thread}/comm`, 'utf8').trim();
    const threads = readdirSync(tasks).filter((thread) => (nameOf(thread) === 'libuv-worker') === areHashing);
    return threads.map((thread) => getPriority(Number(thread)));
  }

  it('that computes password hashes gives way', () => {
    expect(priorities(true)).toEqual([10, 10, 10, 10]);
  });

  it('that does anything else does not', () => {
    const others = priorities(false);
    expect(others).not.toHaveLength(0);
    expect(new Set(others)).toEqual(new Set([getPriority()]));
  });
});
