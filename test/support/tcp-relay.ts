// A stretch of network before a server, which a suite can cut, slow down and mend.
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';

export interface TcpRelay {
  /** The server's URL with our address in it. */
  readonly url: string;
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** From now on whatever is sent arrives this much later, in both directions. */
  slow(milliseconds: number): void;
}

/** Makes a relay, cut at first, to the server that the URL names. */
export async function createTcpRelay(serverUrl: string): Promise<TcpRelay> {
  const target = new URL(serverUrl);
  const port = await findFreePort();
  const sockets = new Set<net.Socket>();
  let delayMs = 0;
  const server = net.createServer({ noDelay: true }, (near) => {
    const far = net.connect({ port: Number(target.port), host: target.hostname, noDelay: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(other);
      passOn(one, other, () => delayMs);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    async cut() {
      const closed = once(server.close(), 'close');
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      await closed;
    },
    async mend() {
      await once(server.listen(port, '127.0.0.1'), 'listening');
    },
    slow(milliseconds) {
      delayMs = milliseconds;
    },
  };
}

/** In the order in which it came, also when the delay changes. */
function passOn(from: net.Socket, to: net.Socket, delayMs: () => number): void {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (step: () => void) => {
    const dueAt = performance.now() + delayMs();
    last = last
      .then(() => sleep(Math.max(0, dueAt - performance.now()), undefined, { ref: false }))
      .then(step);
  };
  from.on('data', (chunk) => inTurn(() => to.write(chunk)));
  from.on('end', () => inTurn(() => to.end()));
}
