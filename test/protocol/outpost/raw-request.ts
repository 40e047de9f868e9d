// One request as bytes on a socket, as no HTTP library would send it: repeated headers, odd hosts, broken cookies.
import { once } from 'node:events';
import net from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names; a repeated header's values in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
}

/** Sends the lines, from that address of ours, and reads until the server closes; header values are UTF-8 text. */
export async function sendRaw(
  origin: string,
  lines: readonly string[],
  localAddress?: string,
): Promise<RawAnswer> {
  const { hostname: host, port } = new URL(origin);
  const socket = net.connect({ host, port: Number(port), ...(localAddress && { localAddress }) });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  await once(socket, 'close');
  const [head = '', ...body] = Buffer.concat(chunks).toString('utf8').split('\r\n\r\n');
  const [statusLine = '', ...fields] = head.split('\r\n');
  const headers: Record<string, string[]> = {};
  for (const field of fields) {
    const [name = '', value = ''] = field.split(/: ?(.*)/s, 2);
    headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), value];
  }
  return { status: Number(statusLine.split(' ')[1]), headers, body: body.join('\r\n\r\n') };
}

/** The status of the answer to the lines, on a connection that may then become something else; it is dropped. */
export async function statusOf(origin: string, lines: readonly string[]): Promise<number> {
  const { hostname, port } = new URL(origin);
  const socket = net.connect(Number(port), hostname);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const [head] = await once(socket, 'data');
  socket.destroy();
  return Number(String(head).split(' ')[1]);
}
