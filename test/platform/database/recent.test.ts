import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Changes } from '../../../src/platform/database/changes.ts';
import { Recent } from '../../../src/platform/database/recent.ts';
import { noTransport, type Receiver } from '../../../src/platform/database/transport.ts';

/** A memory over changes whose connection the test holds, and a source that counts how often it is asked. */
async function openRecent(capacity = 100) {
  const transport = { ...noTransport, isConnected: true };
  let receiver: Receiver | undefined;
  const changes = await Changes.open(
    async (given) => {
      receiver = given;
      return transport;
    },
    pino({ level: 'silent' }),
  );
  const recent = new Recent<string>(changes, capacity);
  const source = { answer: 'first' as string | undefined, asked: 0 };
  const read = async () => {
    source.asked += 1;
    return source.answer;
  };
  return { recent, source, find: (key = 'key') => recent.find(key, read), transport, receiver };
}

describe('What was read recently', () => {
  it('is not read again', async () => {
    const { find, source } = await openRecent();
    expect([await find(), await find()]).toEqual(['first', 'first']);
    expect(source.asked).toBe(1);
  });

  it('is read again once it was dropped', async () => {
    const { recent, find, source } = await openRecent();
    await find();
    source.answer = 'second';
    recent.drop('key');
    expect(await find()).toBe('second');
  });

  it('is not kept when it changed while it was being read', async () => {
    const { recent, find, source } = await openRecent();
    const stale = recent.find('key', async () => {
      recent.drop('key');
      return 'stale';
    });
    expect(await stale).toBe('stale');
    expect(await find()).toBe('first');
    expect(source.asked).toBe(1);
  });

  it('is not kept when it is not there', async () => {
    const { find, source } = await openRecent();
    source.answer = undefined;
    await find();
    source.answer = 'made meanwhile';
    expect(await find()).toBe('made meanwhile');
  });

  it('is not believed while changes of other replicas are not heard, nor after that', async () => {
    const { find, source, transport, receiver } = await openRecent();
    await find();
    transport.isConnected = false;
    source.answer = 'second';
    expect(await find()).toBe('second');
    source.answer = 'third';
    transport.isConnected = true;
    receiver?.interruption();
    expect(await find()).toBe('third');
  });

  it('is forgotten when there is too much of it', async () => {
    const { find, source } = await openRecent(10);
    for (let number = 0; number < 20; number += 1) await find(`key ${number}`);
    await find('key 19');
    expect(source.asked).toBe(20);
    await find('key 0');
    expect(source.asked).toBe(21);
  });
});
