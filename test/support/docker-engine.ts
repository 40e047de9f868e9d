// As much of Docker's API as a proxy reads: which containers run, and their labels. It runs none; what each of them would
// serve is on this machine.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const API_VERSION = '1.44';

export type Labels = Readonly<Record<string, string>>;

export interface DockerEngine {
  /** As `DOCKER_HOST` has it. */
  readonly endpoint: string;
  /** From now on a container with that name is up. */
  run(name: string, labels: Labels): void;
  stop(): Promise<void>;
}

export async function startDockerEngine(): Promise<DockerEngine> {
  const containers = new Map<string, Labels>();
  const server = http.createServer((request, response) => {
    response.setHeader('api-version', API_VERSION).setHeader('content-type', 'application/json');
    const path = request.url?.replace(/^\/v[\d.]+|\?.*$/g, '') ?? '';
    // Nothing ever happens: the answer stays open.
    if (path === '/events') return response.flushHeaders();
    response.end(JSON.stringify(answerTo(path, containers)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    run: (name, labels) => void containers.set(name, labels),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerTo(path: string, containers: ReadonlyMap<string, Labels>): unknown {
  if (path === '/version') return { Version: '28.0.0', ApiVersion: API_VERSION };
  if (path === '/containers/json') return [...containers.keys()].map((name) => ({ Id: name }));
  const [, name = ''] = /^\/containers\/([^/]+)\/json$/.exec(path) ?? [];
  return {
    Id: name,
    Name: `/${name}`,
    State: { Status: 'running', Running: true },
    HostConfig: { NetworkMode: 'bridge' },
    Config: { Labels: containers.get(name) ?? {} },
    NetworkSettings: { Networks: { bridge: { IPAddress: '127.0.0.1' } }, Ports: {} },
  };
}
