// Opening the addresses of the settings: what cannot be listened on is said in words.
import type { Logger } from 'pino';
import { formatListenAddress, type ListenAddress } from '../config/listen-address.ts';
import { Listener } from './listener.ts';
import { type MetricsSource, metricsHandler } from './metrics-handler.ts';

/** The same listener, listening. */
export async function listenOn(listener: Listener, address: ListenAddress, log: Logger): Promise<Listener> {
  try {
    await listener.listen(address);
  } catch (cause) {
    throw new Error(`${formatListenAddress(address)} cannot be listened on: ${String(cause)}`, { cause });
  }
  log.debug({ address: formatListenAddress(address), port: listener.port }, 'listening');
  return listener;
}

/** Serves metrics, unless the address is taken. */
export async function listenForMetrics(
  address: ListenAddress,
  metrics: MetricsSource,
  log: Logger,
): Promise<Listener> {
  const listener = new Listener();
  listener.serve(metricsHandler(metrics));
  try {
    return await listenOn(listener, address, log);
  } catch (error) {
    // 9300 belongs to other programs too; being measured is not worth refusing to be a door.
    log.warn({ err: error }, 'metrics are not served: set GATELODGE_LISTEN_METRICS to a free address');
    return listener;
  }
}
