// Keeps the embedded database from running out of disk: PGlite does not survive the lack of room for its write-ahead log,
// it spins for ever and takes the event loop along. So writing ends before that, and begins again when there is room.
import { statfs } from 'node:fs/promises';
import type { Logger } from 'pino';
import { DatabaseFault } from './database-fault.ts';
import type { SqlSession } from './sql.ts';

/** Four segments of the write-ahead log: more than is written between two looks. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024;
const LOOK_EVERY_MS = 1_000;

/** Throws a DatabaseFault when there is too little room to start. */
export async function refuseWithoutRoom(directory: string): Promise<void> {
  const free = await freeBytes(directory);
  if (free >= LEAST_FREE_BYTES) return;
  throw new DatabaseFault(
    `The disk is full: ${mebibytes(free)} MiB are left for ${directory}, and the embedded database needs ` +
      `${mebibytes(LEAST_FREE_BYTES)} MiB to work with. Nothing was changed. Make room, then start again.`,
  );
}

/** Looks every second; while there is too little room, every transaction can only read. */
export function guardRoom(directory: string, session: SqlSession, log: Logger): { stop(): void } {
  let isFull = false;
  const look = async () => {
    const wasFull = isFull;
    isFull = (await freeBytes(directory)) < LEAST_FREE_BYTES;
    if (isFull === wasFull) return;
    await session.execute(`set default_transaction_read_only = ${isFull ? 'on' : 'off'}`);
    if (isFull) log.error({ directory }, 'the disk is full: nothing is written until there is room again');
    else log.info({ directory }, 'there is room on the disk again');
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.warn({ err: error }, 'the room on the disk cannot be told'));
  }, LOOK_EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024);
}
