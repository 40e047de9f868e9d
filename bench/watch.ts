// Guests at the gate who ask all the time, and what they were answered: statuses, and how long the slowest waited.
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.ts';
import type { Visitor } from './gate.ts';

const ASKING_AT_ONCE = 3;
const PAUSE_MS = 15;
const PATH = '/outpost.goauthentik.io/auth/nginx';

export interface Guest {
  readonly name: string;
  readonly mayPass: boolean;
  /** Of the next request. */
  readonly visitor: () => Visitor;
}

export interface Seen {
  /** By status; `none` where no answer came, because the connection broke. */
  readonly statuses: ReadonlyMap<number | 'none', number>;
  readonly slowestMs: number;
}

/** Asks for every guest until `end`, whatever is answered; rejects there when somebody passed who may not. */
export function watch(origin: string, guests: readonly Guest[]): { end(): Promise<Map<Guest, Seen>> } {
  let isOver = false;
  const asking = guests.map(async (guest): Promise<[Guest, Seen]> => {
    const statuses = new Map<number | 'none', number>();
    let slowestMs = 0;
    const askAgain = async () => {
      for (let connection = new Connection(origin); !isOver; await sleep(PAUSE_MS)) {
        const askedAt = performance.now();
        const status = await ask(connection, guest).catch(() => 'none' as const);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        slowestMs = Math.max(slowestMs, performance.now() - askedAt);
        if (status === 200 && !guest.mayPass) throw new Error(`${guest.name} was let in`);
        if (status === 'none') connection = new Connection(origin);
      }
    };
    await Promise.all(Array.from({ length: ASKING_AT_ONCE }, askAgain));
    return [guest, { statuses, slowestMs }];
  });
  const all = Promise.all(asking);
  // Heard at the end; until then it is nobody's unhandled rejection.
  all.catch(() => undefined);
  return {
    async end() {
      isOver = true;
      return new Map(await all);
    },
  };
}

/** The status that the guest is answered with. */
export async function ask(connection: Connection, { visitor }: Guest): Promise<number> {
  const { host, cookie } = visitor();
  const headers = { 'X-Original-URL': `https://${host}/films`, ...(cookie && { Cookie: cookie }) };
  return (await connection.ask({ method: 'GET', path: PATH, headers })).status;
}
