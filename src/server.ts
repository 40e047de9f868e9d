// The composition root of the server, read top to bottom: settings → listen → parts → application → jobs → drain.
import cluster from 'node:cluster';
import { createApp, openStationery } from './app.ts';
import { runCommandLine } from './commands.ts';
import { type Deps, openDeps } from './deps.ts';
import { startJobs } from './jobs.ts';
import { answerCommands } from './operation/cli/owner.ts';
import { openOutpost } from './outpost.ts';
import { type Config, loadConfig } from './platform/config/config.ts';
import { formatListenAddress, type ListenAddress } from './platform/config/listen-address.ts';
import { findCertificates } from './platform/http/certificates.ts';
import { originOfRequest, trustedProxies } from './platform/http/forwarded.ts';
import { listenForMetrics, listenOn } from './platform/http/listen.ts';
import { Listener } from './platform/http/listener.ts';
import { createLog } from './platform/telemetry/log.ts';
import { Metrics } from './platform/telemetry/metrics.ts';
import { BackChannel } from './protocol/oidc/logout/back-channel.ts';
import { MetadataEndpoint } from './protocol/oidc/metadata-endpoint.ts';

const DRAIN_SECONDS = 10;

export interface RunningServer {
  /** Where a browser on this machine reaches it, for example `http://localhost:9000`. */
  readonly origin: string;
  readonly deps: Deps;
  /** Stops accepting, finishes requests (at most ten seconds), then closes the stores. */
  close(): Promise<void>;
}

/** Starts serving; throws a fault in words when a setting, an address or a store cannot be used. */
export async function startServer(environment: NodeJS.ProcessEnv, envFile?: string): Promise<RunningServer> {
  const { config, notices } = loadConfig(environment, envFile);
  const log = createLog(config);
  for (const notice of notices) log.warn(notice);

  const metrics = new Metrics();
  const web = await webAddresses(config);
  const listen = () => Promise.all(web.map(({ listener, address }) => listenOn(listener, address, log)));
  // From here on the world hears "starting", unless other workers serve it meanwhile.
  if (isFirst()) await listen();
  const listeners = web.map(({ listener }) => listener);
  if (cluster.isWorker) metrics.shareWithPrimary();
  else listeners.push(await listenForMetrics(config.listenMetrics, metrics, log));
  const drain = () => Promise.all(listeners.map((listener) => listener.drain(DRAIN_SECONDS)));
  try {
    const deps = await openDeps(config, log);
    deps.database.lock?.onConnection(
      answerCommands((argv, terminal) => runCommandLine(argv, terminal, async () => deps)),
    );
    const { passwords } = deps;
    metrics.addGauge(
      'gatelodge_password_hashes_pending',
      'Password hashes that run or wait.',
      () => passwords.pending,
    );
    const stationery = openStationery(deps);
    const port = portOf(config, web);
    const { outpost, ...rest } = await openOutpost({ ...deps, ...stationery, metrics, port });
    const isTrusted = trustedProxies(config.trustedProxies);
    const metadata = new MetadataEndpoint({
      ...deps,
      metrics,
      originOf: originOfRequest(config.url, isTrusted),
    });
    const answer = createApp({ ...deps, metrics }, stationery).callback();
    for (const { listener } of web) {
      listener.serve(
        (request, response) => {
          if (outpost.handle(request, response) || metadata.handle(request, response)) return;
          void answer(request, response);
        },
        (request) => outpost.isPassedOn(request),
      );
    }
    if (!isFirst()) await listen();
    const backChannel = new BackChannel(deps);
    const jobs = startJobs({ ...deps, ...rest, backChannel });
    const close = async () => {
      jobs.stop();
      await backChannel.close();
      await drain();
      await rest.close();
      await deps.close();
    };
    return { origin: originOf(config, portOf(config, web)), deps, close };
  } catch (error) {
    await drain();
    throw error;
  }
}

interface WebAddress {
  readonly listener: Listener;
  readonly address: ListenAddress;
}

/** HTTP always, HTTPS too when there is a certificate. */
async function webAddresses({
  listenHttp,
  listenHttps,
  certificateDirectory,
}: Config): Promise<WebAddress[]> {
  const http = { listener: new Listener(), address: listenHttp };
  const certificate = await findCertificates(certificateDirectory);
  return certificate ? [http, { listener: new Listener(certificate), address: listenHttps }] : [http];
}

/** Whether nobody serves these addresses yet: a worker that takes another's place must not turn anybody away. */
function isFirst(): boolean {
  return cluster.worker === undefined || cluster.worker.id === 1;
}

function portOf({ listenHttp }: Config, [http]: readonly WebAddress[]): number | undefined {
  return http?.listener.port ?? ('path' in listenHttp ? undefined : listenHttp.port);
}

function originOf({ url, listenHttp }: Config, port: number | undefined): string {
  if (url) return url;
  return 'path' in listenHttp ? formatListenAddress(listenHttp) : `http://localhost:${port}`;
}
