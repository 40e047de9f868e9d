// What is known of sessions, in memory, by the token in the browser's cookie: the difference between a look-up and a
// query for everything that is asked at every request. Bounded by two generations: whoever does not come back within one
// is forgotten, without a list to keep in order at each hit. It never makes anybody signed in: it only remembers, and
// for seconds, what the store has said; `dropWhere` and `clear` follow what has changed.

interface CachedSession {
  /** Milliseconds since the epoch; from then on the session is as good as unknown. */
  readonly expiresAt: number;
}

interface Entry<Session> {
  readonly session: Session;
  /** When the store last said so. */
  confirmedAt: number;
  askedAt: number;
  /** When all of it must be read again, whatever is confirmed. */
  readonly staleAt: number;
}

interface CacheOptions<Session> {
  /** Asks the store; undefined for a token that opens nothing. */
  readonly read: (token: string) => Promise<Session | undefined>;
  /** How many sessions are kept at most. */
  readonly capacity: number;
  /** For how long a session is kept, if it is confirmed all the time. */
  readonly longestSeconds: number;
  /** For how long the store is believed; asked anew each time, because it depends on whether changes are heard. */
  readonly freshSeconds: () => number;
  /** After this long a read that has not answered is given up. */
  readonly patienceSeconds: number;
}

export class SessionCache<Session extends CachedSession> {
  readonly #options: CacheOptions<Session>;
  readonly #reads = new Map<string, Promise<Session | undefined>>();
  #young = new Map<string, Entry<Session>>();
  #old = new Map<string, Entry<Session>>();
  /** Counts drops: what was read before one must not be kept after it. */
  #epoch = 0;

  constructor(options: CacheOptions<Session>) {
    this.#options = options;
  }

  /** The session, if it is known and was confirmed a short while ago; otherwise ask `read`. */
  find(token: string, now = Date.now()): Session | undefined {
    const entry = this.#young.get(token) ?? this.#promote(token);
    if (entry === undefined || now >= entry.session.expiresAt) return undefined;
    if (now - entry.confirmedAt >= this.#options.freshSeconds() * 1000) return undefined;
    entry.askedAt = now;
    return entry.session;
  }

  /** What was known of it last, however long ago. */
  recall(token: string): Session | undefined {
    return (this.#young.get(token) ?? this.#old.get(token))?.session;
  }

  /**
   * Asks the store (or `ask`, where that takes more than the token) and keeps the answer; all who ask at the same time
   * share one read. Rejects when none comes in time.
   */
  read(token: string, ask = this.#options.read): Promise<Session | undefined> {
    const underWay = this.#reads.get(token);
    if (underWay !== undefined) return underWay;
    const read = this.#read(token, ask).finally(() => {
      if (this.#reads.get(token) === read) this.#reads.delete(token);
    });
    this.#reads.set(token, read);
    return read;
  }

  /** The sessions that were asked for since `since`, and have to be confirmed or be forgotten. */
  *inUse(since: number, now = Date.now()): Generator<readonly [token: string, session: Session]> {
    for (const generation of [this.#young, this.#old]) {
      for (const [token, { session, askedAt, staleAt }] of generation) {
        if (askedAt >= since && staleAt > now) yield [token, session];
      }
    }
  }

  /** Notes that the store still had this very session at that time. */
  confirm(token: string, session: Session, at: number): void {
    const entry = this.#young.get(token) ?? this.#old.get(token);
    if (entry?.session === session && entry.confirmedAt < at) entry.confirmedAt = at;
  }

  /** Forgets the sessions for which `test` is true. */
  dropWhere(test: (session: Session) => boolean): void {
    this.#forgetReads();
    for (const generation of [this.#young, this.#old]) {
      for (const [token, { session }] of generation) if (test(session)) generation.delete(token);
    }
  }

  clear(): void {
    this.#forgetReads();
    this.#young = new Map();
    this.#old = new Map();
  }

  /** A read that began before a change may answer with what was true before it: who asks from now on must ask anew. */
  #forgetReads(): void {
    this.#epoch += 1;
    this.#reads.clear();
  }

  async #read(
    token: string,
    ask: (token: string) => Promise<Session | undefined>,
  ): Promise<Session | undefined> {
    const epoch = this.#epoch;
    const confirmedAt = Date.now();
    const session = await inTime(ask(token), this.#options.patienceSeconds);
    if (epoch !== this.#epoch) return session;
    if (session === undefined) this.#delete(token);
    else {
      const staleAt = this.#staleAt(confirmedAt);
      this.#keep(copyOf(token), { session, confirmedAt, askedAt: confirmedAt, staleAt });
    }
    return session;
  }

  /** Spread out, so that sessions that were read together are not all read together again. */
  #staleAt(now: number): number {
    return now + this.#options.longestSeconds * 1000 * (0.75 + Math.random() / 2);
  }

  #keep(token: string, entry: Entry<Session>): void {
    if (this.#young.size >= this.#options.capacity / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(token, entry);
  }

  #promote(token: string): Entry<Session> | undefined {
    const entry = this.#old.get(token);
    if (entry === undefined) return undefined;
    this.#old.delete(token);
    this.#keep(token, entry);
    return entry;
  }

  #delete(token: string): void {
    this.#young.delete(token);
    this.#old.delete(token);
  }
}

/** V8 keeps all of a long header in memory for a part of it. */
function copyOf(token: string): string {
  return Buffer.from(token, 'utf8').toString('utf8');
}

async function inTime<Answer>(answer: Promise<Answer>, seconds: number): Promise<Answer> {
  const { promise, reject } = Promise.withResolvers<never>();
  const error = new Error(`no answer within ${seconds} seconds`);
  const timer = setTimeout(() => reject(error), seconds * 1000);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}
