// A process for durability.test.ts: opens the embedded database, writes rows one after the other, and says each number
// once its commit has returned. It is killed in the middle.
import { pino } from 'pino';
import { openDatabase } from '../../../src/platform/database/database.ts';

const [dataDirectory = ''] = process.argv.slice(2);
const { sql } = await openDatabase({ dataDirectory }, pino({ level: 'silent' }));
const [last] = await sql.query<{ count: number }>('select count(*)::int as count from lockouts');
for (let number = (last?.count ?? 0) + 1; ; number++) {
  await sql.query('insert into lockouts (key, last_failed_at) values ($1, now())', [`row:${number}`]);
  console.log(number);
}
