// A process for postgres.test.ts: asks much at once of what has only one connection to PostgreSQL, then says what Node
// was warned of meanwhile, as JSON. A process of its own, because pg warns once in each.
import { pino } from 'pino';
import { openChanges } from '../../../src/platform/database/changes.ts';
import { openDatabase } from '../../../src/platform/database/database.ts';

const [databaseUrl = '', subject] = process.argv.slice(2);
const warnings: string[] = [];
process.on('warning', ({ message }) => warnings.push(message));

const log = pino({ level: 'silent' });
const database = await openDatabase({ databaseUrl, dataDirectory: '/nonexistent' }, log);
if (subject === 'transaction') {
  const include = { memberships: true, parents: true, children: true };
  await database.db.$transaction(async (tx) => {
    await tx.group.create({ data: { name: 'crowd' } });
    await tx.group.findMany({ include });
  });
} else {
  const changes = await openChanges(database, undefined, log);
  await Promise.all([changes.ping(), changes.ping(), changes.ping()]);
  await changes.close();
}
await database.close();
console.log(JSON.stringify(warnings));
