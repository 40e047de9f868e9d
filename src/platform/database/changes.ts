// What changed, told to every cache in every replica. Here first, at once; then to the others, by the fastest way
// there is. A message may be lost, so publishing never fails a write, and receivers also revalidate; whoever could not be
// told what changed is told that something did, as soon as that is possible.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Database } from './database.ts';
import { openNotifyTransport } from './notify-transport.ts';
import { openRedisTransport } from './redis-transport.ts';
import { noTransport, type Receiver, type Transport } from './transport.ts';

/** What may change, and what a listener is told of it. */
export interface Change {
  application: { id: string };
  provider: { id: number };
  user: { id: number };
  group: { id: string };
  session: { id: string; userId: number };
  signingKey: { id: string };
  /** A code, token or grant was deleted; the key is a digest. */
  artefact: { key: string };
  /** Who must sign in with a second factor. */
  mfaDemand: { demand: string };
}

/** What rules that write take second. */
export interface Publisher {
  publish<Kind extends keyof Change>(kind: Kind, change: Change[Kind]): void;
}

type Listener<Kind extends keyof Change> = (change: Change[Kind]) => void;

interface Message {
  readonly from: string;
  readonly kind: keyof Change;
  readonly change: Change[keyof Change];
}

/** Instead of messages that could not be sent. */
interface Omission {
  readonly from: string;
  readonly kind: 'unknown';
}

const SENT_AGAIN_MILLISECONDS = 500;

/** Opens the way to the other replicas: Redis if there is one, else PostgreSQL's notifications, else none. */
export async function openChanges(
  database: Pick<Database, 'sql' | 'createListener'>,
  redis: Redis | undefined,
  log: Logger,
): Promise<Changes> {
  return Changes.open((receiver) => {
    if (redis) return openRedisTransport(redis, receiver);
    if (database.createListener) return openNotifyTransport(database.createListener, database.sql, receiver);
    return Promise.resolve(noTransport);
  }, log);
}

/** The one exchange of a process: rules publish to it, caches subscribe to it. */
export class Changes implements Publisher {
  readonly #self = randomUUID();
  readonly #log: Logger;
  readonly #listeners = new Map<keyof Change, Set<Listener<never>>>();
  readonly #interruptionListeners = new Set<() => void>();
  #transport: Transport = noTransport;
  /** Whether something changed that the other replicas were not told of. */
  #owesWord = false;
  #isMakingUp = false;
  #isClosed = false;

  private constructor(log: Logger) {
    this.#log = log;
  }

  /** Makes an exchange over the transport that `connect` opens. */
  static async open(connect: (receiver: Receiver) => Promise<Transport>, log: Logger): Promise<Changes> {
    const changes = new Changes(log);
    changes.#transport = await connect({
      message: (text) => changes.#receive(text),
      interruption: () => changes.#interrupt(),
    });
    return changes;
  }

  /** False while changes made by other replicas are not heard: caches must then ask the database. */
  get isConnected(): boolean {
    return this.#transport.isConnected;
  }

  /** Tells every listener here before it returns, and those of other replicas soon after. */
  publish<Kind extends keyof Change>(kind: Kind, change: Change[Kind]): void {
    this.#deliver(kind, change);
    const message: Message = { from: this.#self, kind, change };
    this.#transport.send(JSON.stringify(message)).catch((error: unknown) => {
      this.#log.error({ err: error, kind }, 'a change could not be told to the other replicas');
      this.#owesWord = true;
      void this.#makeUp();
    });
  }

  /** Calls the listener at every change of the kind; returns what ends that. */
  subscribe<Kind extends keyof Change>(kind: Kind, listener: Listener<Kind>): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Calls the listener when changes may have been missed: it drops what it has cached. */
  onInterruption(listener: () => void): () => void {
    this.#interruptionListeners.add(listener);
    return () => this.#interruptionListeners.delete(listener);
  }

  /** Rejects when changes made by other replicas are not heard. */
  ping(): Promise<void> {
    return this.#transport.ping();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#transport.close();
  }

  async #makeUp(): Promise<void> {
    if (this.#isMakingUp) return;
    this.#isMakingUp = true;
    while (this.#owesWord && !this.#isClosed) {
      await sleep(SENT_AGAIN_MILLISECONDS, undefined, { ref: false });
      this.#owesWord = false;
      const omission: Omission = { from: this.#self, kind: 'unknown' };
      await this.#transport.send(JSON.stringify(omission)).catch(() => {
        this.#owesWord = true;
      });
    }
    this.#isMakingUp = false;
  }

  #receive(text: string): void {
    try {
      const message = JSON.parse(text) as Message | Omission;
      if (message.from === this.#self) return;
      if (message.kind === 'unknown') this.#interrupt();
      else this.#deliver(message.kind, message.change);
    } catch (error) {
      // Whatever it was meant to say, something changed.
      this.#log.warn({ err: error }, 'an unreadable change was received');
      this.#interrupt();
    }
  }

  #deliver<Kind extends keyof Change>(kind: Kind, change: Change[Kind]): void {
    for (const listener of this.#listeners.get(kind) ?? []) {
      // One broken cache must not keep the others, or the write that is under way, from going on.
      try {
        (listener as Listener<Kind>)(change);
      } catch (error) {
        this.#log.error({ err: error, kind }, 'a listener failed on a change');
      }
    }
  }

  #interrupt(): void {
    for (const listener of this.#interruptionListeners) listener();
  }
}
