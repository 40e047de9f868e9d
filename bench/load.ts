// A load of requests without bodies over kept connections, each sent when the last one was answered: raw sockets, so that
// the client costs less than what it measures.
import net from 'node:net';

export interface Load {
  readonly origin: string;
  readonly connections: number;
  readonly milliseconds: number;
  /** The request lines and headers, without the empty line at the end, of each request of a connection in turn. */
  readonly requests: (connection: number) => readonly string[];
  readonly expectedStatus: number;
  /** How many of them each connection leaves out at first. */
  readonly first?: number;
}

export interface LoadResult {
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs the load; throws when an answer has another status. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const requests = Array.from({ length: load.connections }, (_, connection) =>
    load.requests(connection).map((request) => Buffer.from(`${request}\r\n\r\n`)),
  );
  const until = performance.now() + load.milliseconds;
  const latencies: number[] = [];
  const before = performance.now();
  const connections = requests.map((own) => runConnection(load, own, until, latencies));
  await Promise.all(connections);
  const seconds = (performance.now() - before) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { count: latencies.length, perSecond: latencies.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function runConnection(
  load: Load,
  requests: readonly Buffer[],
  until: number,
  latencies: number[],
): Promise<void> {
  const { hostname, port } = new URL(load.origin);
  const expected = `HTTP/1.1 ${load.expectedStatus} `;
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname);
    let sent = load.first ?? 0;
    let sentAt = 0;
    const send = () => {
      sentAt = performance.now();
      socket.write(requests[sent % requests.length] ?? '');
      sent += 1;
    };
    let answer = '';
    socket.setNoDelay(true).once('connect', send).once('error', reject);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (!answer.endsWith('\r\n\r\n')) return;
      if (!answer.startsWith(expected)) reject(new Error(`answered: ${answer.slice(0, 200)}`));
      answer = '';
      const now = performance.now();
      latencies.push(now - sentAt);
      if (now < until) send();
      else socket.end(() => resolve());
    });
  });
}
