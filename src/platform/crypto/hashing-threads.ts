// Password hashes are computed in libuv's threads, by default one for each core. Linux has a priority for each thread: that
// of these is lowered, so that the thread which answers requests goes first and hashes have the time that is left. What else
// runs there (files, names of hosts, WebCrypto) is as slow as hashes then, but only while every core is busy.
import { readdir, readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';

const THREADS = '/proc/self/task';
const LIBUV_THREAD = 'libuv-worker';
/** About a tenth of a core beside a thread that wants all of it; 19, the most, would leave hashes 1.5 %. */
const NICE = 10;

/** Lets requests go before hashes in this process, for good; does nothing where threads have no priority of their own. */
export async function letRequestsGoFirst(): Promise<void> {
  if (process.platform !== 'linux') return;
  try {
    // One of these threads reads the list, and all of them start together: they are in it.
    for (const thread of await readdir(THREADS)) {
      const name = await readFile(`${THREADS}/${thread}/comm`, 'utf8');
      if (name.trim() === LIBUV_THREAD) setPriority(Number(thread), NICE);
    }
  } catch {
    // A sandbox without /proc or this system call: hashes and requests compete as equals.
  }
}
