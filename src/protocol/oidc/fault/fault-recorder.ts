// Watches the requests of one client for what an administrator has to put right. Recording never holds an answer up, and
// never fails one; who sends a thousand bad requests causes a write every few seconds.
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Sql } from '../../../platform/database/sql.ts';
import type { RequestState } from '../../../platform/http/context.ts';
import { callOf } from '../call.ts';
import { recordClientFault } from './client-fault.ts';
import { type FaultKind, faultKindOf, type ProtocolError, wordsOf } from './fault-kind.ts';

const QUIET_SECONDS = 2;

export interface NotedFault {
  readonly kind: FaultKind;
  readonly sent: string;
  readonly detail: string;
}

export class FaultRecorder {
  readonly #sql: Sql;
  readonly #providerId: number;
  readonly #lastAt = new Map<FaultKind, number>();

  constructor(sql: Sql, providerId: number) {
    this.#sql = sql;
    this.#providerId = providerId;
  }

  /** Notes a fault of the request with that state. */
  record({ log, clientAddress, requestId }: RequestState, fault: NotedFault): void {
    const now = Date.now();
    if (now - (this.#lastAt.get(fault.kind) ?? 0) < QUIET_SECONDS * 1000) return;
    this.#lastAt.set(fault.kind, now);
    const { kind, sent, detail } = fault;
    const row = { providerId: this.#providerId, kind, sent, detail, clientAddress, requestId };
    recordClientFault(this.#sql, row).catch((err: unknown) =>
      log.error({ err }, 'the fault of a client could not be recorded'),
    );
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
