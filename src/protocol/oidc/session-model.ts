// oidc-provider's Session, as a view of the single-sign-on session: nothing of it is stored, and no cookie is set for it.
// Signing in or out anywhere is seen here at once, because there is nothing here that could differ.
import type { IncomingMessage } from 'node:http';
import type Provider from 'oidc-provider';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import type { LiveSession } from '../../signin/session/session.ts';
import { acrOf, amrOf } from './acr.ts';

/** Finds the single-sign-on session of the browser that sent a request. */
export type SessionOfRequest = (request: IncomingMessage) => Promise<LiveSession | undefined>;

/** The `sid` claim: one session at one client, so that two clients cannot compare notes. */
export function sidOf(sessionId: string, clientId: string): string {
  return sha256Hex(`${sessionId}:${clientId}`);
}

/** What oidc-provider is told of who is signed in. */
export function sessionClaims(session: LiveSession) {
  return {
    accountId: String(session.userId),
    loginTs: Math.floor(session.authenticatedAt.getTime() / 1000),
    amr: amrOf(session.methods),
    acr: acrOf(session.methods),
  };
}

/** How the person of a session that `useSsoSessions` has made has signed in (signin/session/store.ts). */
export function methodsOf(session: object): readonly string[] {
  return 'methods' in session && Array.isArray(session.methods) ? session.methods : [];
}

/** Makes the provider take its sessions from ours. */
export function useSsoSessions(provider: Provider, sessionOfRequest: SessionOfRequest): void {
  // The name is oidc-provider's, which keys models by it.
  class Session extends provider.Session {
    static override async get(ctx: Parameters<typeof provider.Session.get>[0]) {
      const sso = await sessionOfRequest(ctx.req);
      const session = new Session();
      if (sso) {
        const { id, methods } = sso;
        Object.assign(session, { uid: id, jti: id, methods, ...sessionClaims(sso) });
      }
      ctx.oidc.entity('Session', session);
      return session;
    }

    /** In oidc-provider's words: there is nothing to save, and no cookie to set. */
    get destroyed(): boolean {
      return true;
    }

    override sidFor(clientId: string): string {
      return sidOf(this.uid, clientId);
    }

    /** Our own session changes its token when somebody proves who they are (signin/session). */
    override resetIdentifier(): void {}
  }
  Object.defineProperty(provider, 'Session', { value: Session });
}
