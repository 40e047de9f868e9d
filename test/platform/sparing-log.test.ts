// What strangers can cause is logged sparingly.
import { describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/platform/telemetry/log.ts';
import { SparingLog } from '../../src/platform/telemetry/sparing-log.ts';

const MINUTE = 60_000;

function openLog() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = new SparingLog(createLog({ logLevel: 'info', logFormat: 'json' }, destination));
  const say = (message: string, subject: string, at: number) =>
    log.write('warn', { message, subject, fields: { subject } }, at);
  return { lines, say };
}

describe('the sparing log', () => {
  it('says the same once a minute, and how often it was left out', () => {
    const { lines, say } = openLog();
    for (let at = 0; at < MINUTE; at += 1000) say('unknown', 'a', at);
    expect(lines).toMatchObject([{ msg: 'unknown', subject: 'a' }]);
    say('unknown', 'a', MINUTE);
    say('unknown', 'b', MINUTE);
    expect(lines.slice(1)).toMatchObject([{ subject: 'a', leftOut: 59 }, { subject: 'b' }]);
    expect(lines[2]).not.toHaveProperty('leftOut');
  });

  it('says no more than twenty different things of a kind in a minute', () => {
    const { lines, say } = openLog();
    for (let host = 0; host < 1000; host += 1) say('unknown', `host-${host}`, host);
    expect(lines).toHaveLength(20);
    say('unknown', 'next', MINUTE);
    expect(lines.at(-1)).toMatchObject({ subject: 'next', leftOut: 980 });
  });

  it('lets no kind of line take another one its place', () => {
    const { lines, say } = openLog();
    for (let host = 0; host < 1000; host += 1) say('unknown', `host-${host}`, host);
    say('wiring', 'nginx', 1000);
    expect(lines.at(-1)).toMatchObject({ msg: 'wiring' });
  });
});
