// Keeps the routing table true: reads every proxied application from the database, and again those that a change can
// concern. People and groups change more often, and matter only where a rule names them or they bring a new header. A failed
// read keeps the last table, and leads to a read of everything, as there is every few seconds while changes are not heard.
// Everything is also read from time to time, for a change that was never told, such as one made by hand.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Binding } from '../../../identity/access/access.ts';
import type { Changes } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { type ProxyRoute, RoutingTable } from '../routing-table.ts';
import { hasNewName, listAdditionalNames, type Touched } from './additional-name.ts';
import { readRoutes } from './route-reader.ts';
import { UnreadChanges } from './unread-changes.ts';

const REREAD_SECONDS = 5;

interface Needs {
  readonly db: Db;
  readonly changes: Changes;
  readonly log: Logger;
  /** How long a route is believed at most. */
  readonly longestSeconds: number;
}

export class Routing {
  #table = new RoutingTable([]);
  /** What was told, and nobody reads yet: a reading takes all of it and leaves new ones, so that nothing is lost. */
  #unread = new UnreadChanges();
  #reading: Promise<void> | undefined;
  readonly #needs: Needs;
  readonly #closing = new AbortController();

  private constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Reads the table and follows it from then on; rejects when it cannot be read. */
  static async open(needs: Needs): Promise<Routing> {
    const routing = new Routing(needs);
    const first = routing.#readAll();
    // What changes meanwhile is read after it.
    routing.#reading = first;
    routing.#follow(needs.changes);
    await first;
    routing.#reading = undefined;
    void routing.settle();
    void routing.#rereadWhileDeaf();
    void routing.#rereadAtLength();
    return routing;
  }

  get current(): RoutingTable {
    return this.#table;
  }

  /** Reads the table anew, soon; changes that come while it is being read lead to one more read. */
  refresh(): void {
    this.#note((unread) => unread.addEverything());
  }

  /** Resolves when the table holds every change that was told before. */
  settle(): Promise<void> {
    if (!this.#unread.areNone) this.#reading ??= this.#readUntilFresh();
    return this.#reading ?? Promise.resolve();
  }

  close(): void {
    this.#closing.abort();
  }

  #follow(changes: Changes): void {
    changes.subscribe('application', ({ id }) => this.#note(({ applicationIds }) => applicationIds.add(id)));
    changes.subscribe('provider', ({ id }) => this.#note(({ providerIds }) => providerIds.add(id)));
    changes.subscribe('user', ({ id }) => this.#note(({ userIds }) => userIds.add(id)));
    changes.subscribe('group', ({ id }) => this.#note(({ groupIds }) => groupIds.add(id)));
    changes.onInterruption(() => this.refresh());
  }

  #note(note: (unread: UnreadChanges) => void): void {
    note(this.#unread);
    void this.settle();
  }

  async #readUntilFresh(): Promise<void> {
    while (!this.#unread.areNone && !this.#closing.signal.aborted) {
      const unread = this.#unread;
      this.#unread = new UnreadChanges();
      try {
        await this.#read(unread);
      } catch (error) {
        this.#unread.addEverything();
        this.#needs.log.error({ err: error }, 'the routes of the outpost cannot be read; trying again');
        await this.#pause();
      }
    }
    // Not a moment later: a change that comes now must find that nobody is reading.
    this.#reading = undefined;
  }

  async #read(unread: UnreadChanges): Promise<void> {
    if (unread.isEverything || (await this.#isTouched(unread))) await this.#readAll();
    else if (unread.hasApplications) await this.#readSome(unread);
  }

  /** Whether the table would be another one because of the people and groups that have changed. */
  async #isTouched(unread: UnreadChanges): Promise<boolean> {
    const { routes } = this.#table;
    const [first] = routes;
    if (!first || !unread.hasPeople) return false;
    if (routes.some(({ bindings }) => bindings.some((binding) => names(binding, unread)))) return true;
    return hasNewName(this.#needs.db, unread, first.additionalNames);
  }

  async #readAll(): Promise<void> {
    const { db } = this.#needs;
    this.#table = new RoutingTable(await readRoutes(db, {}, await listAdditionalNames(db)));
  }

  async #readSome(unread: UnreadChanges): Promise<void> {
    const { routes } = this.#table;
    const [first] = routes;
    // Which headers there are can be told from no other route.
    if (!first) return this.#readAll();
    const fresh = await readRoutes(this.#needs.db, unread.where, first.additionalNames);
    const kept = keptOf(routes, unread, fresh);
    if (fresh.length === 0 && kept.length === routes.length) return;
    const renewed = [...kept, ...fresh].sort((one, other) => one.providerId - other.providerId);
    this.#table = new RoutingTable(renewed);
  }

  async #rereadWhileDeaf(): Promise<void> {
    while (await this.#pause()) {
      if (!this.#needs.changes.isConnected) this.refresh();
    }
  }

  async #rereadAtLength(): Promise<void> {
    while (await this.#pause(this.#needs.longestSeconds)) this.refresh();
  }

  #pause(seconds = REREAD_SECONDS): Promise<boolean> {
    const options = { ref: false, signal: this.#closing.signal };
    return sleep(seconds * 1000, true, options).catch(() => false);
  }
}

function names({ userId, groupId }: Binding, { userIds, groupIds }: Touched): boolean {
  return (userId !== null && userIds.has(userId)) || (groupId !== null && groupIds.has(groupId));
}

/** The routes that stay; the very same objects, so that the answers that are ready for them (outpost.ts) stay good. */
function keptOf(
  routes: readonly ProxyRoute[],
  unread: UnreadChanges,
  fresh: readonly ProxyRoute[],
): ProxyRoute[] {
  const providerIds = new Set(fresh.map(({ providerId }) => providerId));
  // An application has one provider: where it was found anew, it has left the other, whether that was told or not.
  const applicationIds = new Set(fresh.map(({ applicationId }) => applicationId));
  return routes.filter(
    (route) =>
      !unread.concern(route) &&
      !providerIds.has(route.providerId) &&
      !applicationIds.has(route.applicationId),
  );
}
