// A stretch of network before a server, which a suite can cut and mend.
import { once } from 'node:events';
import net from 'node:net';
import { findFreePort } from './free-port.ts';

export interface TcpRelay {
  /** The server's URL with our address in it. */
  readonly url: string;
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** Makes a relay, cut at first, to the server that the URL names. */
export async function createTcpRelay(serverUrl: string): Promise<TcpRelay> {
  const target = new URL(serverUrl);
  const port = await findFreePort();
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one.pipe(other));
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
  };
}
