// An application that says, byte for byte, what its script for the path says: what no HTTP library would let it say. It
// keeps what it was sent.
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

export interface Heard {
  readonly socket: Socket;
  /** Of the request: its first line and headers, as they came. */
  readonly head: string;
  /** What has come of the body so far, in whatever coding. */
  body(): string;
  /** Which of the connection's requests this is, from 1. */
  readonly turn: number;
}

const REQUEST = /(?:GET|HEAD|POST|PUT|DELETE) (\S+) HTTP\/1\.1\r\n(?:.+\r\n)*\r\n/;

type Script = (heard: Heard) => void;

/** By path; a text is what is answered, and the connection stays open. */
export type Scripts = Readonly<Record<string, string | Script>>;

export interface ScriptedApplication {
  readonly origin: string;
  readonly port: number;
  readonly heard: readonly Heard[];
  stop(): Promise<void>;
}

export async function startScriptedApplication(scripts: Scripts): Promise<ScriptedApplication> {
  const heard: Heard[] = [];
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    let turn = 0;
    let rest = '';
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1');
      // What is left of the body before it is passed over.
      const start = REQUEST.exec(rest);
      if (!start) return;
      const [head, path = ''] = start;
      rest = rest.slice(start.index + head.length);
      turn += 1;
      const one = { socket, head, body: () => rest, turn };
      heard.push(one);
      const script = scripts[path] ?? 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';
      if (typeof script === 'string') socket.write(script, 'latin1');
      else script(one);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    heard,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
