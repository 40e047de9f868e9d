// The log: JSON lines on standard output, or readable lines on a terminal. Requests log through a child that carries
// their id. What it must never hold is kept out by redaction.ts.
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';
import { withoutSecrets } from './redaction.ts';

interface LogSettings {
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
}

/** The log of a process. It writes synchronously, so that the last line before a crash is there. */
export function createLog(
  { logLevel, logFormat }: LogSettings,
  destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
): Logger {
  return pino(
    {
      level: logLevel,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      hooks: { streamWrite: withoutSecrets },
    },
    logFormat === 'pretty' ? pretty({ destination, sync: true, translateTime: 'SYS:HH:MM:ss' }) : destination,
  );
}
