#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
// Process entry: without arguments (or with `serve`) it is the server, otherwise it runs a command.
import { runInThisProcess } from './commands.ts';
import { serve } from './serve.ts';

const argv = process.argv.slice(2);
const [noun = 'serve'] = argv;

if (noun === 'serve' && argv.length <= 1) await serve();
else process.exitCode = await runInThisProcess(argv);
