// `gatelodge healthcheck`: asks the server of this machine whether it is ready, for Docker's HEALTHCHECK and scripts.
import { request } from 'node:http';
import { Command } from 'commander';
import type { Shell } from '../../operation/cli/terminal.ts';
import type { ListenAddress } from '../config/listen-address.ts';
import { Unavailable } from '../problem/problem.ts';

interface Needs {
  readonly config: { readonly listenHttp: ListenAddress };
}

const PATH = '/-/health/ready/';
const TIMEOUT_MS = 5_000;

/** Exit code 0 when the server that these settings describe answers 200 on its readiness address. */
export function healthcheckCommand({ terminal, open }: Shell<Needs>): Command {
  return new Command('healthcheck')
    .description('ask the running server whether it is ready')
    .action(async () => {
      const { config } = await open();
      const status = await fetchStatus(config.listenHttp);
      if (status !== 200) throw new Unavailable(`The server is not ready: ${PATH} answers ${status}.`);
      terminal.print('ready');
    });
}

function fetchStatus(address: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...destination(address), path: PATH, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} seconds`)));
    asked.once('error', (cause) => reject(new Unavailable('The server does not answer.', { cause })));
    asked.end();
  });
}

function destination(address: ListenAddress): { socketPath: string } | { host: string; port: number } {
  if ('path' in address) return { socketPath: address.path };
  const isEveryAddress = address.host === '::' || address.host === '0.0.0.0';
  return { host: isEveryAddress ? 'localhost' : address.host, port: address.port };
}
