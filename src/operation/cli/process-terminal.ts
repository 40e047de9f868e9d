// The terminal of this process. Prompts go to standard error, so that standard output stays clean for scripts.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { readText, type Terminal } from './terminal.ts';

/** The person at this process's standard streams. */
export const processTerminal: Terminal = {
  isInteractive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
  print: (text) => void process.stdout.write(`${text}\n`),
  printError: (text) => void process.stderr.write(`${text}\n`),
  readInput: () => readText(process.stdin),
  readSecret,
};

async function readSecret(prompt: string): Promise<string> {
  process.stderr.write(`${prompt}: `);
  // readline echoes what is typed to its output; this one swallows it.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const interrupted = new AbortController();
  lines.once('SIGINT', () => interrupted.abort());
  try {
    return await lines.question('', { signal: interrupted.signal });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
