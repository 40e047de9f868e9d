#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
// Process entry: without arguments (or with `serve`) it is the server, otherwise it runs a command. Each loads only
// what it needs, compiled by an earlier start.
import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

enableCompileCache();
// V8 lets the heap double before it collects, and keeps what it had: a home server's memory is worth more than that.
setFlagsFromString('--heap-growing-percent=50');
const argv = process.argv.slice(2);
const [noun = 'serve'] = argv;

if (noun === 'serve' && argv.length <= 1) {
  const { serve } = await import('./serve.ts');
  await serve();
} else {
  const { runInThisProcess } = await import('./command-line.ts');
  process.exitCode = await runInThisProcess(argv);
}
