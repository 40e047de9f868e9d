// Prisma's adapter for pg, one statement at a time within a transaction. Prisma reads several includes at once, which are
// one connection's in a transaction: pg queues them with a deprecation warning, and will not from version 9 on.
import { PrismaPg } from '@prisma/adapter-pg';
import pLimit from 'p-limit';

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;
type Transaction = Awaited<ReturnType<Adapter['startTransaction']>>;

/** PrismaPg whose transactions send a statement when the one before it was answered. */
export class SequentialPg extends PrismaPg {
  override async connect(): Promise<Adapter> {
    const adapter = await super.connect();
    const start = adapter.startTransaction.bind(adapter);
    return Object.assign(adapter, {
      startTransaction: async (...level: Parameters<typeof start>) => inTurn(await start(...level)),
    });
  }
}

/** Its savepoints, which it sends by these two, wait for their turn as well. */
function inTurn(transaction: Transaction): Transaction {
  const limit = pLimit(1);
  const query = transaction.queryRaw.bind(transaction);
  const execute = transaction.executeRaw.bind(transaction);
  const queryRaw: typeof query = (statement) => limit(query, statement);
  const executeRaw: typeof execute = (statement) => limit(execute, statement);
  return Object.assign(transaction, { queryRaw, executeRaw });
}
