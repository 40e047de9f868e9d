// A client's back-channel logout endpoint, as the tests play it: keeps what it is told, and answers as it is bidden.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LogoutListener {
  readonly address: string;
  /** The logout tokens that came, in order. */
  readonly tokens: string[];
  /** What it answers from now on. */
  status: number;
  /** The tokens, once there are so many; fails after five seconds. */
  received(count: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** On a free port, or on one where a client listened before. */
export async function startLogoutListener(port = 0): Promise<LogoutListener> {
  const tokens: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    tokens.push(new URLSearchParams(Buffer.concat(chunks).toString()).get('logout_token') ?? '');
    response.writeHead(listener.status).end();
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  const listener: LogoutListener = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/logout`,
    tokens,
    status: 200,
    async received(count) {
      for (let attempt = 0; attempt < 100 && tokens.length < count; attempt++) await pause(50);
      if (tokens.length < count) throw new Error(`${tokens.length} of ${count} logout tokens came`);
      return tokens;
    },
    stop: () => new Promise((stopped) => server.close(() => stopped())),
  };
  return listener;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
