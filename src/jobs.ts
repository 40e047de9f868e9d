// The job table: what runs how often. Every replica runs them: they delete what has expired, or do what exactly one of
// them gets to do. None is needed for safety: whatever has expired is refused when it is read.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from './deps.ts';
import { purgeEvents } from './identity/event/event.ts';
import { purgeExpiredTokens } from './identity/token/token.ts';
import { purgeLinks } from './identity/user/one-time-link.ts';
import { purgeClientFaults } from './protocol/oidc/fault/client-fault.ts';
import { rotateSigningKeysDue } from './protocol/oidc/key/rotation.ts';
import type { BackChannel } from './protocol/oidc/logout/back-channel.ts';
import { purgeNotices } from './protocol/oidc/logout/logout-notice.ts';
import type { OutpostSessions } from './protocol/outpost/session/outpost-sessions.ts';
import { purgeOutpostSignIns } from './protocol/outpost/session/sign-in-record.ts';
import { purgeTickets } from './protocol/outpost/sign-in/ticket.ts';
import { purgeKnownBrowsers } from './signin/session/known-browser.ts';
import { purgeLockouts } from './signin/session/lockout.ts';
import { purgeSignInRequests } from './signin/session/sign-in-request.ts';
import { purgeTrustedDevices } from './signin/session/trusted-device.ts';
import { purgeEmailCodes } from './signin/stage/email-code/email-code.ts';
import { purgeChallenges } from './signin/stage/webauthn/challenge.ts';

interface Job {
  readonly name: string;
  readonly everySeconds: number;
  run(deps: Needs, now: Date): Promise<unknown>;
}

interface Needs extends Deps {
  readonly outpostSessions: OutpostSessions;
  readonly backChannel: BackChannel;
}

const HOURLY = 3600;

// biome-ignore format: a table
const JOBS: readonly Job[] = [
  { name: 'tell applications of sign-outs',  everySeconds: 15,     run: ({ backChannel }) => backChannel.deliver() },
  { name: 'rotate signing keys',             everySeconds: HOURLY, run: ({ db, changes, vault }, now) => rotateSigningKeysDue(db, changes, vault, now) },
  { name: 'forget old faults of clients',    everySeconds: HOURLY, run: ({ db }, now) => purgeClientFaults(db, now) },
  { name: 'forget told sign-outs',           everySeconds: HOURLY, run: ({ sql }) => purgeNotices(sql) },
  { name: 'forget expired sessions',         everySeconds: HOURLY, run: ({ sessions }, now) => sessions.purgeExpired(now) },
  { name: 'forget sign-ins on the way',      everySeconds: HOURLY, run: ({ db }, now) => purgeSignInRequests(db, now) },
  { name: 'forget sessions at applications', everySeconds: HOURLY, run: ({ outpostSessions }, now) => outpostSessions.purgeExpired(now) },
  { name: 'forget what sessions opened',     everySeconds: HOURLY, run: ({ sql }) => purgeOutpostSignIns(sql) },
  { name: 'forget tickets to applications',  everySeconds: HOURLY, run: ({ db }, now) => purgeTickets(db, now) },
  { name: 'forget answered challenges',      everySeconds: HOURLY, run: ({ db }, now) => purgeChallenges(db, now) },
  { name: 'forget codes by mail',            everySeconds: HOURLY, run: ({ db }, now) => purgeEmailCodes(db, now) },
  { name: 'forget trusted devices',          everySeconds: HOURLY, run: ({ db }, now) => purgeTrustedDevices(db, now) },
  { name: 'forget expired links',            everySeconds: HOURLY, run: ({ db }, now) => purgeLinks(db, now) },
  { name: 'forget browsers',                 everySeconds: HOURLY, run: ({ db }, now) => purgeKnownBrowsers(db, now) },
  { name: 'forget expired API tokens',       everySeconds: HOURLY, run: ({ db }, now) => purgeExpiredTokens(db, now) },
  { name: 'forget old failures',             everySeconds: HOURLY, run: ({ db }, now) => purgeLockouts(db, now) },
  { name: 'forget expired codes and tokens', everySeconds: HOURLY, run: ({ artefacts }, now) => artefacts.purgeExpired(now) },
  { name: 'forget old events',               everySeconds: HOURLY, run: ({ db, config }, now) => purgeEvents(db, config.eventRetentionDays, now) },
];

/** Starts every job, each first after a random part of its period, so that replicas do not march in step. */
export function startJobs(deps: Needs): { stop(): void } {
  const stopped = new AbortController();
  for (const job of JOBS) void repeat(job, deps, stopped.signal);
  return { stop: () => stopped.abort() };
}

async function repeat(job: Job, deps: Needs, signal: AbortSignal): Promise<void> {
  for (let share = Math.random(); ; share = 1) {
    const isDue = await sleep(share * job.everySeconds * 1000, true, { ref: false, signal }).catch(
      () => false,
    );
    if (!isDue) return;
    await run(job, deps);
  }
}

async function run(job: Job, deps: Needs): Promise<void> {
  try {
    await job.run(deps, new Date());
  } catch (error) {
    deps.log.error({ err: error, job: job.name }, 'a job failed; it runs again at its next turn');
  }
}
