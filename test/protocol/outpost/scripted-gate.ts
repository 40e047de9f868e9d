// Proxy mode in front of a scripted application (http://app.home.test, open to everybody), and two clients for it: one
// that sends its lines as they are, and node:http.
import { once } from 'node:events';
import http from 'node:http';
import { type Gate, openGate } from './gate.ts';
import { type RawAnswer, sendRaw } from './raw-request.ts';
import { type ScriptedApplication, type Scripts, startScriptedApplication } from './scripted-application.ts';

export const HOST = 'app.home.test';
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
export const head = (...lines: string[]) => [...lines, '', ''].join('\r\n');

export interface ScriptedGate extends Gate {
  readonly application: ScriptedApplication;
  readonly port: number;
  /** Sends a GET as it is written. */
  send(path: string, ...headers: string[]): Promise<RawAnswer>;
  /** Sends what node:http makes of it, and resolves when the answer begins. */
  ask(
    path: string,
    options?: http.RequestOptions,
    write?: (outgoing: http.ClientRequest) => void,
  ): Promise<http.IncomingMessage>;
  close(): Promise<void>;
}

/** An upstream may be silent for a second. */
export async function openScriptedGate(scripts: Scripts): Promise<ScriptedGate> {
  const application = await startScriptedApplication(scripts);
  const gate = await openGate(undefined, { GATELODGE_UPSTREAM_TIMEOUT: '1' });
  const provider = { mode: 'proxy', internal_host: application.origin, skip_path_regex: '^/' };
  await gate.protect({ slug: 'app', externalHost: `http://${HOST}`, provider });
  return {
    ...gate,
    application,
    port: Number(new URL(gate.origin).port),
    send: (path, ...headers) => sendRaw(gate.origin, [`GET ${path} HTTP/1.1`, `Host: ${HOST}`, ...headers]),
    async ask(path, options = {}, write = (outgoing) => outgoing.end()) {
      const headers = { host: HOST, ...options.headers };
      const outgoing = http.request(gate.origin + path, { agent: false, ...options, headers });
      write(outgoing);
      const [answer] = await once(outgoing, 'response');
      return answer;
    },
    async close() {
      await gate.gatelodge.stop();
      await application.stop();
    },
  };
}
