// Keeps the routing table true: reads every proxied application from the database and swaps the table at each change of
// one. People and groups change more often, and matter to it only where a rule names them or they bring a new header. A
// failed read keeps the last table and is tried again; while changes are not heard, it is read anew every few seconds.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Binding } from '../../../identity/access/access.ts';
import type { Changes } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { RoutingTable } from '../routing-table.ts';
import { hasNewName, listAdditionalNames, type Touched } from './additional-name.ts';
import { readRoutes } from './route-reader.ts';

const REREAD_SECONDS = 5;

interface Needs {
  readonly db: Db;
  readonly changes: Changes;
  readonly log: Logger;
}

export class Routing {
  #table = new RoutingTable([]);
  #isStale = true;
  /** Who has changed since it was last asked whether that matters. */
  #userIds = new Set<number>();
  #groupIds = new Set<string>();
  #reading: Promise<void> | undefined;
  readonly #needs: Needs;
  readonly #closing = new AbortController();

  private constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Reads the table and follows it from then on. */
  static async open(needs: Needs): Promise<Routing> {
    const routing = new Routing(needs);
    await routing.#read();
    const { changes } = needs;
    for (const kind of ['application', 'provider'] as const) {
      changes.subscribe(kind, () => routing.refresh());
    }
    changes.subscribe('user', ({ id }) => {
      routing.#userIds.add(id);
      void routing.settle();
    });
    changes.subscribe('group', ({ id }) => {
      routing.#groupIds.add(id);
      void routing.settle();
    });
    changes.onInterruption(() => routing.refresh());
    void routing.#rereadWhileDeaf();
    return routing;
  }

  get current(): RoutingTable {
    return this.#table;
  }

  /** Reads the table anew, soon; changes that come while it is being read lead to one more read. */
  refresh(): void {
    this.#isStale = true;
    void this.settle();
  }

  /** Resolves when the table holds every change that was told before. */
  settle(): Promise<void> {
    if (this.#mayBeStale) this.#reading ??= this.#readUntilFresh();
    return this.#reading ?? Promise.resolve();
  }

  close(): void {
    this.#closing.abort();
  }

  get #mayBeStale(): boolean {
    return this.#isStale || this.#userIds.size + this.#groupIds.size > 0;
  }

  async #readUntilFresh(): Promise<void> {
    while (this.#mayBeStale && !this.#closing.signal.aborted) {
      try {
        if (this.#isStale || (await this.#isTouched())) await this.#read();
      } catch (error) {
        this.#needs.log.error({ err: error }, 'the routes of the outpost cannot be read; trying again');
        await this.#pause();
      }
    }
    // Not a moment later: a change that comes now must find that nobody is reading.
    this.#reading = undefined;
  }

  /** Whether the table would be another one because of the people and groups that have changed. */
  async #isTouched(): Promise<boolean> {
    const touched = this.#takeTouched();
    const { routes } = this.#table;
    const [first] = routes;
    if (!first) return false;
    if (routes.some(({ bindings }) => bindings.some((binding) => names(binding, touched)))) return true;
    try {
      return await hasNewName(this.#needs.db, touched, first.additionalNames);
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }

  #takeTouched(): Touched {
    const touched = { userIds: this.#userIds, groupIds: this.#groupIds };
    this.#userIds = new Set();
    this.#groupIds = new Set();
    return touched;
  }

  async #read(): Promise<void> {
    const { db } = this.#needs;
    this.#isStale = false;
    this.#takeTouched();
    try {
      this.#table = new RoutingTable(await readRoutes(db, {}, await listAdditionalNames(db)));
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }

  async #rereadWhileDeaf(): Promise<void> {
    while (await this.#pause()) {
      if (!this.#needs.changes.isConnected) this.refresh();
    }
  }

  #pause(): Promise<boolean> {
    const options = { ref: false, signal: this.#closing.signal };
    return sleep(REREAD_SECONDS * 1000, true, options).catch(() => false);
  }
}

function names({ userId, groupId }: Binding, { userIds, groupIds }: Touched): boolean {
  return (userId !== null && userIds.has(userId)) || (groupId !== null && groupIds.has(groupId));
}
