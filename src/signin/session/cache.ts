// What is known of sessions, in memory, by the token in the browser's cookie: the difference between a look-up and a
// query for everything that is asked at every request. Bounded by two generations: whoever does not come back within one
// is forgotten, without a list to keep in order at each hit. It never makes anybody signed in: it only remembers, and
// for seconds, what the store has said; `dropOf`, `dropWhere` and `clear` follow what has changed.

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
  /** Whose it is: what changes most often concerns one person. */
  readonly ownerOf: (session: Session) => number;
  /** How many sessions are kept at most. */
  readonly capacity: number;
  /** For how long a session is kept, if it is confirmed all the time. */
  readonly longestSeconds: number;
  /** For how long the store is believed; asked anew each time, because it depends on whether changes are heard. */
  readonly freshSeconds: () => number;
  /** After this long a read that has not answered is given up. */
  readonly patienceSeconds: number;
}

type Test<Session> = (session: Session) => boolean;

export class SessionCache<Session extends CachedSession> {
  readonly #options: CacheOptions<Session>;
  readonly #reads = new Map<string, Promise<Session | undefined>>();
  /** For every read under way, what was dropped since it began. */
  readonly #drops = new Set<Test<Session>[]>();
  #young = new Generation<Session>();
  #old = new Generation<Session>();

  constructor(options: CacheOptions<Session>) {
    this.#options = options;
  }

  /** The session, if it is known and was confirmed a short while ago; otherwise ask `read`. */
  find(token: string, now = Date.now()): Session | undefined {
    const entry = this.#young.entries.get(token) ?? this.#promote(token);
    if (entry === undefined || now >= entry.session.expiresAt) return undefined;
    const age = now - entry.confirmedAt;
    // A clock that was set back knows no ages.
    if (age < 0 || age >= this.#options.freshSeconds() * 1000) return undefined;
    entry.askedAt = now;
    return entry.session;
  }

  /** What was known of it last, however long ago. */
  recall(token: string): Session | undefined {
    return this.#entry(token)?.session;
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
    for (const { entries } of [this.#young, this.#old]) {
      for (const [token, { session, askedAt, staleAt }] of entries) {
        if (askedAt >= since && staleAt > now) yield [token, session];
      }
    }
  }

  /** Notes that the store still had this very session at that time. */
  confirm(token: string, session: Session, at: number): void {
    const entry = this.#entry(token);
    if (entry?.session === session && entry.confirmedAt < at) entry.confirmedAt = at;
  }

  /** Forgets the owner's sessions (those for which `test` is true), without a look at anybody else's. */
  dropOf(owner: number, test: Test<Session> = () => true): void {
    const { ownerOf } = this.#options;
    const isMeant = (session: Session) => ownerOf(session) === owner && test(session);
    this.#noteDrop(isMeant);
    for (const generation of [this.#young, this.#old]) generation.dropOf(owner, isMeant);
  }

  /** Forgets the sessions for which `test` is true: a look at all of them, milliseconds for a hundred thousand. */
  dropWhere(test: Test<Session>): void {
    const { ownerOf } = this.#options;
    this.#noteDrop(test);
    for (const generation of [this.#young, this.#old]) {
      for (const [token, { session }] of generation.entries) {
        if (test(session)) generation.delete(token, ownerOf(session));
      }
    }
  }

  clear(): void {
    this.#noteDrop(() => true);
    this.#young = new Generation();
    this.#old = new Generation();
  }

  /** A read that began before a change may answer with what was true before it: who asks from now on must ask anew. */
  #noteDrop(test: Test<Session>): void {
    this.#reads.clear();
    for (const drops of this.#drops) drops.push(test);
  }

  async #read(
    token: string,
    ask: (token: string) => Promise<Session | undefined>,
  ): Promise<Session | undefined> {
    const drops: Test<Session>[] = [];
    this.#drops.add(drops);
    try {
      return await this.#readWhatIsTrue(token, ask, drops);
    } finally {
      this.#drops.delete(drops);
    }
  }

  /** Nobody is let in by what was true when they asked and is not when they are answered: that is read again. */
  async #readWhatIsTrue(
    token: string,
    ask: (token: string) => Promise<Session | undefined>,
    drops: Test<Session>[],
  ): Promise<Session | undefined> {
    const giveUpAt = performance.now() + this.#options.patienceSeconds * 1000;
    for (;;) {
      drops.length = 0;
      const confirmedAt = Date.now();
      const session = await inTime(ask(token), giveUpAt - performance.now());
      if (session === undefined) {
        this.#delete(token);
        return undefined;
      }
      if (drops.some((test) => test(session))) continue;
      const staleAt = this.#staleAt(confirmedAt);
      this.#keep(copyOf(token), { session, confirmedAt, askedAt: confirmedAt, staleAt });
      return session;
    }
  }

  /** Spread out, so that sessions that were read together are not all read together again. */
  #staleAt(now: number): number {
    return now + this.#options.longestSeconds * 1000 * (0.75 + Math.random() / 2);
  }

  #entry(token: string): Entry<Session> | undefined {
    return this.#young.entries.get(token) ?? this.#old.entries.get(token);
  }

  #keep(token: string, entry: Entry<Session>): void {
    if (this.#young.entries.size >= this.#options.capacity / 2) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.keep(token, entry, this.#options.ownerOf(entry.session));
  }

  #promote(token: string): Entry<Session> | undefined {
    const entry = this.#old.entries.get(token);
    if (entry === undefined) return undefined;
    this.#old.delete(token, this.#options.ownerOf(entry.session));
    this.#keep(token, entry);
    return entry;
  }

  #delete(token: string): void {
    for (const generation of [this.#young, this.#old]) {
      const entry = generation.entries.get(token);
      if (entry) generation.delete(token, this.#options.ownerOf(entry.session));
    }
  }
}

/** Sessions that are forgotten together, by token, with the tokens of each owner. */
class Generation<Session> {
  readonly entries = new Map<string, Entry<Session>>();
  /** Nearly everybody has just one: a set for each would be the larger part of all this. */
  readonly #tokens = new Map<number, string | Set<string>>();

  keep(token: string, entry: Entry<Session>, owner: number): void {
    this.entries.set(token, entry);
    const known = this.#tokens.get(owner);
    if (known === undefined) this.#tokens.set(owner, token);
    else if (typeof known !== 'string') known.add(token);
    else if (known !== token) this.#tokens.set(owner, new Set([known, token]));
  }

  delete(token: string, owner: number): void {
    this.entries.delete(token);
    const known = this.#tokens.get(owner);
    if (typeof known === 'object') known.delete(token);
    if (known === token || (typeof known === 'object' && known.size === 0)) this.#tokens.delete(owner);
  }

  dropOf(owner: number, test: Test<Session>): void {
    const known = this.#tokens.get(owner) ?? [];
    for (const token of typeof known === 'string' ? [known] : [...known]) {
      const entry = this.entries.get(token);
      if (entry && test(entry.session)) this.delete(token, owner);
    }
  }
}

/** V8 keeps all of a long header in memory for a part of it. */
function copyOf(token: string): string {
  return Buffer.from(token, 'utf8').toString('utf8');
}

async function inTime<Answer>(answer: Promise<Answer>, milliseconds: number): Promise<Answer> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the store has not answered in time')), milliseconds);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}
