// Guards of the API, in authentik's words and with its status: 403, where HTTP would have 401.
import { type Guard, recentlySignedIn } from '../http/guard.ts';
import { Forbidden } from '../problem/problem.ts';

/** Anybody with a token or a session. */
export const authenticated: Guard = {
  name: 'authenticated',
  check({ state }) {
    if (!state.viewer) throw new Forbidden('Authentication credentials were not provided.');
  },
};

/** Members of a superuser group. */
export const superuser: Guard = {
  name: 'superuser',
  check(ctx) {
    authenticated.check(ctx);
    if (!ctx.state.viewer?.isAdministrator) {
      throw new Forbidden('You do not have permission to perform this action.');
    }
  },
};

/** For what pages ask for recent proof: programs show a key with each request, a browser session may have been left open. */
export function recently(guard: Guard): Guard {
  return {
    name: `${guard.name}+recently`,
    check(ctx) {
      guard.check(ctx);
      if (ctx.state.viewer?.via === 'session') recentlySignedIn.check(ctx);
    },
  };
}
