// A thousand wrong passwords at once, from one address and from many, for one name and for many: whether the owner still
// gets in from a browser they have used before, how long a health check takes meanwhile, and how much memory it costs.
import { Worker } from 'node:worker_threads';
import { Browser } from '../test/support/browser.ts';
import type { Page } from '../test/support/page.ts';
import { openBackends } from './backends.ts';
import { type Contender, startGatelodge } from './contender.ts';
import { benchPerson } from './fixture.ts';
import { residentMib } from './measure.ts';

const SIGN_IN = '/if/flow/default-authentication-flow/';
const AT_ONCE = 50;

interface Health {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
}

/** Prints a row for each backend. */
export async function benchSignInFlood({ attempts }: { attempts: number }): Promise<void> {
  const backends = await openBackends();
  try {
    const rows = [];
    for (const backend of backends.all) {
      const server = await startGatelodge(backend, { algorithm: 'RS256' });
      rows.push({ backend: backend.name, ...(await flood(server, attempts)) });
      await server.end();
    }
    console.log(`\nsign-in flood: ${attempts} wrong passwords at once`);
    console.table(rows);
  } finally {
    await backends.close();
  }
}

async function flood(server: Contender, attempts: number) {
  const owner = new Browser({ origin: server.origin });
  await signIn(owner, server.origin);
  const ready: (() => Promise<Page>)[] = [];
  while (ready.length < attempts) {
    const some = Array.from({ length: AT_ONCE }, (_, index) => approach(server, ready.length + index));
    ready.push(...(await Promise.all(some)));
  }
  const before = await residentMib(server.pid);
  const probe = startProbe(server.origin);
  const begin = performance.now();
  let isOver = false;
  const answers = Promise.all(ready.slice(0, attempts).map((guess) => guess())).finally(() => {
    isOver = true;
  });
  let most = before;
  const ownerMs: number[] = [];
  while (!isOver) {
    const asked = performance.now();
    await signIn(owner, server.origin);
    ownerMs.push(performance.now() - asked);
    most = Math.max(most, await residentMib(server.pid));
  }
  const pages = await answers;
  const seconds = (performance.now() - begin) / 1000;
  const health = await probe.stop();
  const of = (status: number) => pages.filter((page) => page.status === status);
  const told = pages.filter(({ status, headers }) => status !== 400 && headers['retry-after']).length;
  return {
    'over in s': seconds.toFixed(1),
    'checked (400)': of(400).length,
    'wait (429)': of(429).length,
    'busy (503)': of(503).length,
    'Retry-After': told,
    'owner signed in': ownerMs.length,
    'slowest ms': Math.max(...ownerMs).toFixed(0),
    'health checks': health.count,
    'p50 ms': health.p50Ms.toFixed(1),
    'p99 ms': health.p99Ms.toFixed(1),
    'max ms': health.slowestMs.toFixed(1),
    'MiB before': before.toFixed(0),
    'most MiB': most.toFixed(0),
  };
}

/** A stranger who has come as far as the password: every other one from the same address, and for the owner's name. */
async function approach(server: Contender, number: number): Promise<() => Promise<Page>> {
  const from = number % 2 === 0 ? '198.51.100.1' : `2001:db8:${number.toString(16)}::1`;
  const headers = { 'x-forwarded-for': from };
  const stranger = new Browser({ origin: server.origin, headers });
  const login = number % 4 < 2 ? benchPerson.username : `stranger-${number}`;
  const asked = await stranger.visit(SIGN_IN);
  const page = await asked.form('form.stack').submit({ uid_field: login }, { follow: true });
  return () => page.form('form.stack').submit({ password: `guess ${number}` });
}

/** Signs the owner in with the browser that knows them; throws when they are not let in. */
async function signIn(browser: Browser, origin: string): Promise<void> {
  await browser.cookies.setCookie('gatelodge_session=; Path=/; Max-Age=0', origin);
  const asked = await browser.visit(SIGN_IN);
  const page = await asked.form('form.stack').submit({ uid_field: benchPerson.username }, { follow: true });
  const answer = await page.form('form.stack').submit({ password: benchPerson.password });
  if (answer.status !== 303)
    throw new Error(`The owner was not let in: ${answer.status} ${answer.text('main')}`);
}

/** Asks for the health of the server all the time, in a thread of its own: the flood's client must not slow it down. */
function startProbe(origin: string): { stop(): Promise<Health> } {
  const worker = new Worker(new URL('./health-probe.ts', import.meta.url), { workerData: origin });
  return {
    stop: () =>
      new Promise((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
        worker.postMessage('stop');
      }),
  };
}
