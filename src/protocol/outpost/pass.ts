// What a session's requests are answered with, made once for each session and route: for the hot path, within its fence.
import { type OutpostSession, youngUntil } from './decision.ts';
import { type Installation, identityHeaders } from './identity-headers.ts';
import { ReadyAnswer } from './ready-answer.ts';
import type { ProxyRoute } from './routing-table.ts';

/** What lets a session pass, and tells the application who it is. */
class Pass extends ReadyAnswer {
  readonly route: ProxyRoute;
  /** Milliseconds since the epoch; undefined where a proof does not grow too old. */
  readonly until: number | undefined;

  constructor(route: ProxyRoute, session: OutpostSession, installation: Installation) {
    super(200, identityHeaders(session.identity, route, installation));
    this.route = route;
    this.until = route.maxSessionAgeSeconds === undefined ? undefined : youngUntil(route, session.proof);
  }
}

/** A session, and the answer that it had last: good for as long as neither the session nor the route changes. */
export interface JudgedSession extends OutpostSession {
  pass?: Pass;
}

/** Makes the pass of a session that was allowed, and keeps it; throws where there is none. */
export function passOf(
  session: JudgedSession | undefined,
  route: ProxyRoute,
  installation: Installation,
): ReadyAnswer {
  if (!session) throw new Error('nobody is allowed without a session');
  session.pass = new Pass(route, session, installation);
  return session.pass;
}
