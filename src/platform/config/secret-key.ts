// The secret key of an installation that was given none: made once, kept in the data directory, readable by its owner.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { hasCode } from './system-error.ts';

export const SECRET_KEY_FILE = 'secret-key';

/** The kept key, after making one if there is none; all processes on one directory get the same. Throws what the file system says. */
export function keepSecretKey(dataDirectory: string): {
  readonly secretKey: string;
  readonly isNew: boolean;
} {
  const path = join(dataDirectory, SECRET_KEY_FILE);
  const kept = readIfPresent(path);
  if (kept !== undefined) return { secretKey: kept, isNew: false };

  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const isNew = createOnce(path, randomBytes(32).toString('base64url'));
  return { secretKey: readFileSync(path, 'utf8').trim(), isNew };
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

// A hard link appears complete or not at all, and never replaces: of two first starts one wins, and a crash leaves no
// half-written key.
function createOnce(path: string, secretKey: string): boolean {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeDurably(draft, `${secretKey}\n`);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    unlinkSync(draft);
    syncDirectory(dirname(path));
  }
}

function writeDurably(path: string, content: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
