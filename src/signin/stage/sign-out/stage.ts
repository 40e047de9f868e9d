// Signing out: asked first, so that no link or image of another site can do it; then the session ends everywhere.
import { recordEvent } from '../../../identity/event/event.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Stage } from '../../flow/flow.ts';
import type { Sessions } from '../../session/session.ts';
import { signOutPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly sessions: Sessions;
  /** The page that tells services of the end of a session in this browser; undefined when none has to be told so. */
  readonly farewell: (sessionId: string) => Promise<string | undefined>;
}

export function signOutStage({ db, sessions, farewell }: Needs): Stage {
  return {
    name: 'sign-out',
    isDue: (run) => run.viewer?.sessionId !== undefined,
    show: signOutPage,
    async submit(run) {
      const { viewer, client, requestId, flow } = run;
      if (viewer?.sessionId === undefined) return;
      run.returnTo ??= await farewell(viewer.sessionId);
      await sessions.end(viewer.sessionId);
      const { userId, username } = viewer;
      const event = { userId, username, context: { flow }, clientAddress: client.address, requestId };
      await recordEvent(db, { action: 'logout', source: 'signin.flow', ...event });
      run.viewer = undefined;
    },
  };
}
