// Changes over PostgreSQL: sent by the pool, received on a connection of its own that is re-made when it breaks.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Sql } from './sql.ts';
import type { Receiver, Transport } from './transport.ts';

const CHANNEL = 'gatelodge_changes';
/** A connection that died silently (a pulled cable, a forgetful NAT) is noticed by this question. */
const HEARTBEAT_MILLISECONDS = 5_000;
const ANSWER_WITHIN_MILLISECONDS = 3_000;
const RECONNECT_PAUSE_MILLISECONDS = 500;

/** Listens on the given kind of connection; resolves when the first one hears. */
export async function openNotifyTransport(
  createClient: () => pg.Client,
  sql: Sql,
  receiver: Receiver,
): Promise<Transport> {
  const transport = new NotifyTransport(createClient, sql, receiver);
  await transport.connect();
  return transport;
}

class NotifyTransport implements Transport {
  readonly #createClient: () => pg.Client;
  readonly #sql: Sql;
  readonly #receiver: Receiver;
  readonly #heartbeat: NodeJS.Timeout;
  #client: pg.Client | undefined;
  /** On its way to the server; who asks meanwhile shares its answer. */
  #question: Promise<unknown> | undefined;
  #isClosed = false;

  constructor(createClient: () => pg.Client, sql: Sql, receiver: Receiver) {
    this.#createClient = createClient;
    this.#sql = sql;
    this.#receiver = receiver;
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MILLISECONDS).unref();
  }

  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  async connect(): Promise<void> {
    const client = this.#createClient();
    client.on('error', () => this.#lose(client));
    client.on('end', () => this.#lose(client));
    client.on('notification', ({ payload }) => this.#receiver.message(payload ?? ''));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    this.#client = client;
  }

  async send(text: string): Promise<void> {
    await this.#sql.query('select pg_notify($1, $2)', [CHANNEL, text]);
  }

  async ping(): Promise<void> {
    const client = this.#client;
    if (!client) throw new Error('not connected to PostgreSQL for changes');
    const tooLate = sleep(ANSWER_WITHIN_MILLISECONDS, undefined, { ref: false }).then(() => {
      throw new Error('PostgreSQL did not answer in time');
    });
    const question = this.#question ?? client.query('select 1');
    this.#question = question;
    await Promise.race([question, tooLate]).finally(() => {
      if (this.#question === question) this.#question = undefined;
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    await this.#client?.end();
  }

  async #beat(): Promise<void> {
    const client = this.#client;
    if (client) await this.ping().catch(() => this.#lose(client));
  }

  #lose(client: pg.Client): void {
    if (this.#client !== client || this.#isClosed) return;
    this.#client = undefined;
    // A connection that fell silent may never answer it; the next one must be asked anew.
    this.#question = undefined;
    void client.end().catch(() => {});
    this.#receiver.interruption();
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    while (!this.#isClosed && !this.#client) {
      await sleep(RECONNECT_PAUSE_MILLISECONDS, undefined, { ref: false });
      await this.connect().catch(() => {});
    }
    if (this.#isClosed) await this.#client?.end();
    else this.#receiver.interruption();
  }
}
