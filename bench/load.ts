// A load of requests without bodies over kept connections, each sent when the last one was answered: raw sockets, so that
// the client costs less than what it measures.
import net from 'node:net';

export interface Load {
  readonly origin: string;
  readonly connections: number;
  readonly milliseconds: number;
  /** Request line and headers, without the empty line at the end, of a connection's next request; `sent` counts from 0. */
  readonly request: (connection: number, sent: number) => string;
  readonly expectedStatus: number;
  /** How many requests each connection makes at most. */
  readonly most?: number;
}

export interface LoadResult {
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs the load; throws when an answer has another status. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  const before = performance.now();
  const until = before + load.milliseconds;
  const numbers = Array.from({ length: load.connections }, (_, connection) => connection);
  await Promise.all(numbers.map((connection) => runConnection(load, connection, until, latencies)));
  const seconds = (performance.now() - before) / 1000;
  return { count: latencies.length, perSecond: latencies.length / seconds, ...percentiles(latencies) };
}

/** Median and 99th percentile. */
export function percentiles(latencies: readonly number[]): { p50Ms: number; p99Ms: number } {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

function runConnection(load: Load, connection: number, until: number, latencies: number[]): Promise<void> {
  const { hostname, port } = new URL(load.origin);
  const { request, most = Number.POSITIVE_INFINITY } = load;
  const expected = `HTTP/1.1 ${load.expectedStatus} `;
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname);
    let sent = 0;
    let sentAt = 0;
    const send = () => {
      sentAt = performance.now();
      socket.write(`${request(connection, sent)}\r\n\r\n`, 'latin1');
      sent += 1;
    };
    let answer = '';
    socket.setNoDelay(true).once('connect', send).once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (!answer.startsWith(expected)) reject(new Error(`answered: ${answer.slice(0, 500)}`));
      if (!answer.endsWith('\r\n\r\n')) return;
      answer = '';
      const now = performance.now();
      latencies.push(now - sentAt);
      if (now < until && sent < most) send();
      else socket.end(() => resolve());
    });
  });
}
