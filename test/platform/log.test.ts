import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/platform/telemetry/log.ts';

type Line = Record<string, unknown>;

/** A log with what it has written. */
function logIntoMemory(logFormat: 'json' | 'pretty' = 'json', logLevel = 'info') {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = createLog({ logLevel, logFormat }, destination);
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Line };
}

describe('the log', () => {
  it('writes one JSON object a line, with time, level and message', () => {
    const { log, lines, last } = logIntoMemory();
    log.info({ port: 9000 }, 'Listening.');
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      port: 9000,
      msg: 'Listening.',
    });
    expect(lines).toEqual([expect.stringMatching(/^[^\n]+\n$/)]);
  });

  it('puts the request id of a child on each of its lines', () => {
    const { log, last } = logIntoMemory();
    log.child({ requestId: 'r-1' }).warn('Slow.');
    expect(last()).toMatchObject({ requestId: 'r-1', level: 'warn' });
  });

  it('leaves out what is less serious than its level', () => {
    const { log, lines } = logIntoMemory('json', 'warn');
    log.info('Quiet.');
    expect(lines).toEqual([]);
  });

  it('is readable on a terminal', () => {
    const { log, lines } = logIntoMemory('pretty');
    log.info({ port: 9000 }, 'Listening.');
    expect(lines.join('')).toMatch(/\[\d\d:\d\d:\d\d\] .*INFO.*Listening\./);
  });

  it('keeps what identifies an error: its type, message, stack and code, also of its cause', () => {
    const { log, last } = logIntoMemory();
    const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
    log.error({ err: new Error('No database.', { cause }) }, 'Failed.');
    expect(last()).toMatchObject({
      err: {
        type: 'Error',
        message: 'No database.: connect refused',
        stack: expect.stringContaining('caused by'),
      },
    });
    log.error(cause);
    expect(last()).toMatchObject({ err: { code: 'ECONNREFUSED' }, msg: 'connect refused' });
  });

  it('survives a record that contains itself', () => {
    const { log, last } = logIntoMemory();
    const record: Line = { name: 'loop' };
    record.itself = record;
    log.info({ record }, 'Odd.');
    expect(last()).toMatchObject({ msg: 'Odd.', record: { name: 'loop' } });
  });
});
