// What asking Gatelodge adds to a request through nginx: the snippet that Gatelodge prints, against the same file without
// its `auth_request`, before the same application (an nginx that answers 204), in interleaved rounds.
import path from 'node:path';
import { type Front, type Fronted, type Place, startFront } from '../test/support/front.ts';
import { hasNginx } from '../test/support/nginx.ts';
import { hasPostgres, startPostgres } from '../test/support/postgres-server.ts';
import { startNginxSnippet } from '../test/support/snippet-proxies.ts';
import { type Gate, startGate, type Visitor, warmUp } from './gate.ts';
import { type LoadResult, runLoad } from './load.ts';
import { median } from './measure.ts';

const CONNECTIONS = [1, 16];
const SIZE = { hosts: 1, sessions: 64 };
/** nginx closes a connection after a thousand. */
const REQUESTS = 900;
const WITHIN_MS = 60_000;
const ASKS = /^\s*auth_request \/.*$/m;

/** Prints a table for each number of connections; nothing where nginx or PostgreSQL is not installed. */
export async function benchNginx({ rounds }: { rounds: number }): Promise<void> {
  if (!hasNginx || !hasPostgres())
    return console.log('\nnginx: skipped, nginx or PostgreSQL is not installed');
  const postgres = await startPostgres();
  const closers: (() => Promise<unknown>)[] = [() => postgres.stop()];
  try {
    const databaseUrl = await postgres.createDatabase('migrated');
    const gate = await startGate({ name: 'Gatelodge', databaseUrl, ...SIZE });
    closers.push(gate.end);
    const application = await startApplication();
    closers.push(application.stop);
    const hosts = [`https://${gate.visitors[0]?.host}`];
    const fronted: Fronted = { gatelodge: gate.origin, application: application.origin, hosts };
    const plain = await startNginxSnippet(fronted, (sites) => sites.replace(ASKS, ''));
    closers.push(plain.stop);
    const asking = await startNginxSnippet(fronted);
    closers.push(asking.stop);
    await warmUp(gate);
    for (const connections of CONNECTIONS) await compare({ plain, asking, gate }, connections, rounds);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

interface Fronts {
  readonly plain: Front;
  readonly asking: Front;
  readonly gate: Gate;
}

async function compare({ plain, asking, gate }: Fronts, connections: number, rounds: number): Promise<void> {
  const results: { without: LoadResult; withAuth: LoadResult }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const without = await run(plain, gate.visitors, connections);
    results.push({ without, withAuth: await run(asking, gate.visitors, connections) });
  }
  const [, ...warm] = results;
  const of = (read: (round: (typeof warm)[number]) => number) => median(warm.map(read));
  console.log(`\nthrough nginx (${rounds} rounds, ${connections} connections, ${REQUESTS} requests on each)`);
  console.table([
    {
      'p50 µs without': (of(({ without }) => without.p50Ms) * 1000).toFixed(0),
      'with auth_request': (of(({ withAuth }) => withAuth.p50Ms) * 1000).toFixed(0),
      added: (of(({ without, withAuth }) => withAuth.p50Ms - without.p50Ms) * 1000).toFixed(0),
      'p99 ms without': of(({ without }) => without.p99Ms).toFixed(2),
      'p99 with': of(({ withAuth }) => withAuth.p99Ms).toFixed(2),
      'requests/s ÷ without': of(({ without, withAuth }) => withAuth.perSecond / without.perSecond).toFixed(
        2,
      ),
    },
  ]);
}

function run({ origin }: Front, visitors: readonly Visitor[], connections: number): Promise<LoadResult> {
  const request = (connection: number, sent: number) => {
    const visitor = visitors[(connection + sent) % visitors.length];
    return `GET /films?page=2 HTTP/1.1\r\nHost: ${visitor?.host}\r\nUser-Agent: bench\r\nCookie: ${visitor?.cookie}`;
  };
  return runLoad({
    origin,
    connections,
    request,
    milliseconds: WITHIN_MS,
    most: REQUESTS,
    expectedStatus: 204,
  });
}

/** An application that is never the bottleneck. */
function startApplication(): Promise<Front> {
  const file = ({ directory }: Place) => path.join(directory, 'nginx.conf');
  const args = (place: Place) => [
    '-e',
    path.join(place.directory, 'error.log'),
    '-c',
    file(place),
    '-g',
    'daemon off;',
  ];
  return startFront('/usr/sbin/nginx', args, ({ directory, port }) => ({
    'nginx.conf': `worker_processes 1; pid ${directory}/nginx.pid; error_log ${directory}/error.log;
events { worker_connections 256; }
http {
  access_log off; keepalive_requests 1000000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port}; location / { return 204; } }
}`,
  }));
}
