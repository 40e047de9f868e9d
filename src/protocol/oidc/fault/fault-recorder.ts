// Watches the requests of one client for what an administrator has to put right. Recording never holds an answer up, and
// never fails one; who sends a thousand bad requests causes a write every few seconds.
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { recordEvent } from '../../../identity/event/event.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import type { RequestState } from '../../../platform/http/context.ts';
import { callOf } from '../call.ts';
import type { OAuth2Provider } from '../client.ts';
import { recordClientFault } from './client-fault.ts';
import { type FaultKind, faultKindOf, type ProtocolError, wordsOf } from './fault-kind.ts';

const QUIET_SECONDS = 2;

interface Needs {
  readonly sql: Sql;
  readonly db: Db;
}

export interface NotedFault {
  readonly kind: FaultKind;
  readonly sent: string;
  readonly detail: string;
}

export class FaultRecorder {
  readonly #needs: Needs;
  readonly #client: OAuth2Provider;
  readonly #lastAt = new Map<FaultKind, number>();

  constructor(needs: Needs, client: OAuth2Provider) {
    this.#needs = needs;
    this.#client = client;
  }

  /** Notes a fault of the request with that state. */
  record(state: RequestState, fault: NotedFault): void {
    const now = Date.now();
    if (now - (this.#lastAt.get(fault.kind) ?? 0) < QUIET_SECONDS * 1000) return;
    this.#lastAt.set(fault.kind, now);
    this.#write(state, fault).catch((err: unknown) =>
      state.log.error({ err }, 'the fault of a client could not be recorded'),
    );
  }

  async #write({ clientAddress, requestId }: RequestState, fault: NotedFault): Promise<void> {
    const { sql, db } = this.#needs;
    const { providerId, clientId, provider } = this.#client;
    const { kind, sent, detail } = fault;
    const isNews = await recordClientFault(sql, { providerId, kind, sent, detail, clientAddress, requestId });
    if (!isNews || !isOfIdentity(kind)) return;
    const application = provider.application?.name ?? provider.name;
    const context = {
      reason: 'The client did not prove who it is.',
      application,
      client: clientId,
      fault: detail,
    };
    const event = { action: 'suspicious_request', source: 'protocol.oidc' } as const;
    await recordEvent(db, { ...event, context, clientAddress, requestId });
  }

  /** Notes what oidc-provider refuses. */
  watch(provider: Provider): void {
    const note = (ctx: KoaContextWithOIDC, error: ProtocolError) => {
      const kind = faultKindOf(error);
      if (kind) this.record(callOf(ctx).state, { kind, sent: sentBy(ctx, kind), detail: wordsOf(error) });
    };
    provider.on('authorization.error', note);
    provider.on('grant.error', note);
    provider.on('introspection.error', note);
    provider.on('revocation.error', note);
  }
}

/** Somebody has an old secret, or guesses: an event when it begins, the number of attempts on the application's page. */
function isOfIdentity(kind: FaultKind): boolean {
  return kind === 'secret' || kind === 'client_authentication';
}

/** Where a fault can be seen in what was sent. None of these holds a secret. */
const PARAMETERS: Partial<Record<FaultKind, string>> = {
  redirect_uri: 'redirect_uri',
  scope: 'scope',
  grant_type: 'grant_type',
};

function sentBy({ oidc }: KoaContextWithOIDC, kind: FaultKind): string {
  const parameter = PARAMETERS[kind];
  const value = parameter === undefined ? undefined : (oidc.params?.[parameter] ?? oidc.body?.[parameter]);
  return typeof value === 'string' ? value : '';
}
