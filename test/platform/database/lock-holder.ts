// A process for directory-lock.test.ts: takes the lock, says so, and keeps it until it is killed.
import { lockDirectory } from '../../../src/platform/database/directory-lock.ts';

const [directory = ''] = process.argv.slice(2);
try {
  const lock = await lockDirectory(directory);
  lock.onConnection((connection) => connection.end(`served by ${process.pid}`));
  console.log('locked');
  setInterval(() => {}, 60_000);
} catch (error) {
  console.log(`refused: ${error instanceof Error ? error.message : String(error)}`);
}
