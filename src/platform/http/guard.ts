// Who may call a route. Every route line names one; test/architecture/routes.test.ts holds that.
import { Forbidden, NotRecentlySignedIn, NotSignedIn } from '../problem/problem.ts';
import type { Context, Viewer } from './context.ts';

/** Throws NotSignedIn, NotRecentlySignedIn or Forbidden; returns for those who may pass. */
export interface Guard {
  readonly name: string;
  check(ctx: Context): void;
}

const RECENT_SECONDS = 600;

/** The viewer of a route whose guard has already made sure that there is one. */
export function viewerOf(ctx: Context): Viewer {
  const { viewer } = ctx.state;
  if (!viewer) throw new NotSignedIn(ctx.state.t('problem.notSignedIn'));
  return viewer;
}

export const anyone: Guard = { name: 'anyone', check: () => undefined };

export const signedIn: Guard = { name: 'signedIn', check: (ctx) => void viewerOf(ctx) };

export const administrator: Guard = {
  name: 'administrator',
  check(ctx) {
    if (!viewerOf(ctx).isAdministrator) throw new Forbidden(ctx.state.t('problem.administratorsOnly'));
  },
};

/** For factors, passwords, e-mail and tokens: proof no older than ten minutes (contract §4). */
export const recentlySignedIn: Guard = {
  name: 'recentlySignedIn',
  check(ctx) {
    const { authenticatedAt } = viewerOf(ctx);
    const isRecent = authenticatedAt && Date.now() - authenticatedAt.getTime() < RECENT_SECONDS * 1000;
    if (!isRecent) throw new NotRecentlySignedIn(ctx.state.t('problem.notRecentlySignedIn'));
  },
};

/** Lets those pass whom both let pass; the first one's refusal is told first. */
export function both(first: Guard, second: Guard): Guard {
  return {
    name: `${first.name}+${second.name}`,
    check(ctx) {
      first.check(ctx);
      second.check(ctx);
    },
  };
}

/** For what gives power over other people's accounts, or over everybody's way in. */
export const recentAdministrator: Guard = both(administrator, recentlySignedIn);
