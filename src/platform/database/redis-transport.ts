// Changes over Redis: published on the shared connection, received on a duplicate that ioredis keeps subscribed.
import type { Redis } from 'ioredis';
import type { Receiver, Transport } from './transport.ts';

const CHANNEL = 'gatelodge:changes';

/** Subscribes on a connection of its own; resolves when it hears. */
export async function openRedisTransport(redis: Redis, receiver: Receiver): Promise<Transport> {
  const subscriber = redis.duplicate();
  let isConnected = false;
  subscriber.on('error', () => {}); // openRedis logs the loss of the same server.
  subscriber.on('message', (_channel, text) => receiver.message(text));
  await subscriber.subscribe(CHANNEL);
  isConnected = true;
  subscriber.on('close', () => {
    if (isConnected) receiver.interruption();
    isConnected = false;
  });
  subscriber.on('ready', () => {
    void subscriber.subscribe(CHANNEL).then(
      () => {
        isConnected = true;
        receiver.interruption();
      },
      subscriber.disconnect.bind(subscriber, true),
    );
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
      subscriber.disconnect();
    },
  };
}
