// Changes over Redis: published on the shared connection, received on a duplicate that reconnects by itself.
import type { Redis } from 'ioredis';
import { waitForRedis } from './redis.ts';
import type { Receiver, Transport } from './transport.ts';

const CHANNEL = 'gatelodge:changes';
/** A connection that died silently is noticed by this question, whose answer may take as long as any command's. */
const HEARTBEAT_MILLISECONDS = 5_000;

/** Subscribes on a connection of its own; resolves when it hears. */
export async function openRedisTransport(redis: Redis, receiver: Receiver): Promise<Transport> {
  await waitForRedis(redis);
  const subscriber = redis.duplicate({ autoResubscribe: false });
  const reconnect = () => subscriber.disconnect(true);
  let isConnected = false;
  const heartbeat = setInterval(() => {
    if (isConnected) subscriber.ping().catch(reconnect);
  }, HEARTBEAT_MILLISECONDS).unref();

  subscriber.on('error', () => {}); // openRedis logs the loss of the same server.
  subscriber.on('message', (_channel, text) => receiver.message(text));
  await subscriber.subscribe(CHANNEL);
  isConnected = true;

  subscriber.on('close', () => {
    if (isConnected) receiver.interruption();
    isConnected = false;
  });
  subscriber.on('ready', () => {
    const hearing = subscriber.subscribe(CHANNEL).then(() => {
      isConnected = true;
      receiver.interruption();
    });
    hearing.catch(reconnect);
  });

  return {
    get isConnected() {
      return isConnected;
    },
    send: async (text) => {
      await redis.publish(CHANNEL, text);
    },
    ping: async () => {
      await subscriber.ping();
    },
    close: async () => {
      isConnected = false;
      clearInterval(heartbeat);
      subscriber.disconnect();
    },
  };
}
