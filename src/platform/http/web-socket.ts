// Requests that ask for a WebSocket (RFC 6455 §4.1): the only other protocol that a connection of ours may turn into.
import type { IncomingMessage } from 'node:http';

export function isWebSocketRequest({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}
