// A process for kill-change.test.ts: brings an embedded database up by forty small migrations, and says each name once it
// is committed. It is killed in the middle.
import { pino } from 'pino';
import { openEmbedded } from '../../src/platform/database/embedded.ts';
import { type Migration, migrate } from '../../src/platform/database/migration.ts';

const STEPS = 40;

const migrations: Migration[] = Array.from({ length: STEPS }, (_, index) => {
  const name = `step_${String(index).padStart(2, '0')}`;
  const rows = 'SELECT n, repeat(n::text, 20) FROM generate_series(1, 200) n';
  return {
    name,
    checksum: name,
    script: `CREATE TABLE ${name} AS ${rows}; ALTER TABLE ${name} ADD COLUMN done int;`,
  };
});

const [dataDirectory = ''] = process.argv.slice(2);
const { session, close } = await openEmbedded(dataDirectory);
const log = pino({ base: null }, { write: (line: string) => console.log(JSON.parse(line).migration) });
await migrate(session, migrations, log);
await close();
