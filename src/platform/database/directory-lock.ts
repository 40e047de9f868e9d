// One owner per data directory. The claim is a listening socket, not a pid file: the kernel drops it when its process
// dies, however that happens. Each claim has a name of its own that is never used again, so that clearing away a dead
// one cannot hit a living one; who announces first and looks second can be missed by nobody.
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './database-error.ts';
import { DatabaseFault } from './database-fault.ts';

const CLAIM_NAME = /^owner\.[0-9a-f]{16}\.sock$/;
/** sockaddr_un holds 108 bytes on Linux and 104 elsewhere, with the final zero. */
const LONGEST_SOCKET_PATH = 103;
const ATTEMPTS = 4;

/** Held for as long as the process uses the directory. */
export interface DirectoryLock {
  /** Serves whoever connects through connectToOwner; an empty connection is only somebody asking whether we live. */
  onConnection(handler: (connection: net.Socket) => void): void;
  release(): Promise<void>;
}

/** Makes this process the owner of the directory, creating it when missing; throws a DatabaseFault if it has one. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  for (let attempt = 1; ; attempt++) {
    const claim = await announce(directory).catch((cause: unknown) => {
      throw cause instanceof DatabaseFault ? cause : unusable(directory, cause);
    });
    if (!(await hasOtherOwner(directory, claim.name))) return claim.lock;
    await claim.lock.release();
    if (attempt === ATTEMPTS) break;
    // Two that start at the same moment see each other and both step back: chance decides who is first next time.
    await sleep(20 + Math.random() * 150);
  }
  throw new DatabaseFault(
    `The data directory ${directory} is in use by another Gatelodge process. ` +
      'Stop that one first, or set DATABASE_URL: only PostgreSQL can serve several processes.',
  );
}

/** Connects to the process that owns the directory; undefined when nobody does. */
export async function connectToOwner(directory: string): Promise<net.Socket | undefined> {
  for (const name of claimNames(directory)) {
    const answer = await connect(directory, name);
    if (answer instanceof net.Socket) return answer;
  }
  return undefined;
}

function unusable(directory: string, cause: unknown): DatabaseFault {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DatabaseFault(
    `The data directory ${directory} cannot be used: ${reason}. ` +
      'Make it writable for this user; it must be on a file system that knows sockets (local, not SMB).',
    { cause },
  );
}

async function announce(directory: string): Promise<{ name: string; lock: DirectoryLock }> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const name = `owner.${randomBytes(8).toString('hex')}.sock`;
  const address = socketAddress(directory, name);
  const connections = new Set<net.Socket>();
  let serve = (connection: net.Socket) => {
    connection.destroySoon();
  };
  const server = net.createServer((connection) => {
    connections.add(connection);
    connection.on('error', () => connection.destroy());
    connection.on('close', () => connections.delete(connection));
    serve(connection);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.path, resolve);
  });
  chmodSync(path.join(directory, name), 0o600);
  server.unref();
  const release = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const connection of connections) connection.destroy();
    await closed;
    address.close();
  };
  return { name, lock: { onConnection: (handler) => (serve = handler), release } };
}

async function hasOtherOwner(directory: string, ownName: string): Promise<boolean> {
  for (const name of claimNames(directory)) {
    if (name === ownName) continue;
    const answer = await connect(directory, name);
    if (answer === 'dead') rmSync(path.join(directory, name), { force: true });
    else if (answer !== 'gone') {
      if (answer instanceof net.Socket) answer.destroy();
      return true;
    }
  }
  return false;
}

/** Only a refusal by the kernel proves that nobody listens; anything unclear counts as an owner. */
async function connect(directory: string, name: string): Promise<net.Socket | 'dead' | 'gone' | 'unclear'> {
  const address = socketAddress(directory, name);
  try {
    return await new Promise((resolve) => {
      const socket = net.connect(address.path, () => resolve(socket));
      socket.once('error', (error) => {
        const verdicts = { ECONNREFUSED: 'dead', ENOENT: 'gone' } as const;
        resolve(verdicts[codeOf(error) as keyof typeof verdicts] ?? 'unclear');
      });
    });
  } finally {
    address.close();
  }
}

function claimNames(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => CLAIM_NAME.test(name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A path short enough for a socket address: Linux lets a long directory be named by an open descriptor. */
function socketAddress(directory: string, name: string): { path: string; close(): void } {
  const direct = path.resolve(directory, name);
  if (Buffer.byteLength(direct) <= LONGEST_SOCKET_PATH) return { path: direct, close: () => {} };
  if (process.platform !== 'linux') {
    throw new DatabaseFault(
      `The path of the data directory ${directory} is too long: choose one of at most 70 bytes.`,
    );
  }
  const descriptor = openSync(directory, 'r');
  return { path: `/proc/self/fd/${descriptor}/${name}`, close: () => closeSync(descriptor) };
}
