// The end of a flow: the request is claimed by one conditional update, so of two tabs (or a double click) only one starts
// a session. Proof becomes a session here and nowhere else; the session's token changes with it (fixation).
import { recordEvent } from '../../identity/event/event.ts';
import { findUser, recordLogin } from '../../identity/user/user.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Sessions, StartedSession } from '../session/session.ts';
import { provedUserId, type Run } from './run.ts';

interface Needs {
  readonly db: Db;
  readonly sessions: Sessions;
}

/** Ends the run; the session that it started or renewed, undefined when the browser keeps what it has. */
export async function finishRun({ db, sessions }: Needs, run: Run): Promise<StartedSession | undefined> {
  const userId = provedUserId(run);
  const isClaimed = await claim(db, run, userId);
  const { proof } = run.progress;
  if (!isClaimed || userId === undefined || proof?.userId !== userId) return undefined;

  const started = await startSession(sessions, run, proof);
  await recordLogin(db, userId, run.now);
  await recordEvent(db, {
    action: 'login',
    source: 'signin.flow',
    userId,
    username: (await findUser(db, userId))?.username,
    context: {
      flow: run.flow,
      methods: proof.methods,
      ...(run.progress.trustsDevice && { trustsDevice: true }),
      ...(run.application && { application: run.application.slug }),
    },
    clientAddress: run.client.address,
    requestId: run.requestId,
  });
  return started;
}

/** A run that nothing was stored of has nothing to be claimed twice. */
async function claim(db: Db, run: Run, userId: number | undefined): Promise<boolean> {
  if (run.id === undefined) return true;
  const { consent } = run.progress;
  const { count } = await db.signInRequest.updateMany({
    where: { id: run.id, finishedAt: null, expiresAt: { gt: run.now } },
    data: { finishedAt: run.now, userId: userId ?? null, progress: consent ? { consent } : {} },
  });
  return count === 1;
}

type Proof = NonNullable<Run['progress']['proof']>;

async function startSession(
  sessions: Sessions,
  run: Run,
  { userId, ...proof }: Proof,
): Promise<StartedSession> {
  const { viewer, client, now } = run;
  const given = { methods: proof.methods, authenticatedAt: proof.at, isPersistent: proof.isPersistent };
  const present = viewer?.sessionId === undefined ? undefined : await sessions.findById(viewer.sessionId);
  if (present?.userId === userId) {
    const isPersistent = present.isPersistent || proof.isPersistent;
    const renewed = await sessions.renew(present, client, { ...given, isPersistent }, now);
    if (renewed) return renewed;
  } else if (present) {
    await sessions.end(present.id);
  }
  return sessions.start({ id: userId }, client, given, now);
}
