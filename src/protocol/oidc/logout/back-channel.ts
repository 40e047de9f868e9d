// Back-channel logout (OpenID Connect Back-Channel Logout 1.0): tells every client of a session that has ended, each by
// its own issuer, `sid` and key. It hears of ends by subscription and looks for what it may have missed; who does the
// telling, and how often, is the notices' business (logout-notice.ts).
import type { Logger } from 'pino';
import { recordEvent } from '../../../identity/event/event.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Changes } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import { type Outbound, OutboundFault } from '../../../platform/outbound/outbound.ts';
import type { Sessions } from '../../../signin/session/session.ts';
import { getOAuth2Provider, type OAuth2Provider } from '../client.ts';
import { publishedKeys } from '../signing-key.ts';
import {
  type ClaimedNotice,
  callInSession,
  callInUser,
  claimDueNotices,
  deleteNotice,
  failNotice,
  finishNotice,
  postponeNotice,
} from './logout-notice.ts';
import { logoutToken } from './logout-token.ts';

const MAX_UNDER_WAY = 20;
const PATIENCE_SECONDS = 5;

interface Needs {
  readonly db: Db;
  readonly sql: Sql;
  readonly vault: Vault;
  readonly changes: Changes;
  readonly sessions: Sessions;
  readonly outbound: Outbound;
  readonly log: Logger;
}

export class BackChannel {
  readonly #needs: Needs;
  readonly #stopped = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #unsubscribe: (() => void)[];
  #claiming = Promise.resolve();

  constructor(needs: Needs) {
    this.#needs = needs;
    const { changes, sql } = needs;
    this.#unsubscribe = [
      changes.subscribe('session', ({ id }) => void this.#hear(callInSession(sql, id))),
      changes.subscribe('user', ({ id }) => void this.#hear(callInUser(sql, id))),
    ];
  }

  /** Attends to every notice that is due; resolves when each is on its way. */
  async deliver(): Promise<void> {
    this.#claiming = this.#claiming.then(() => this.#claim()).catch((err) => this.#note(err));
    await this.#claiming;
  }

  /** Lets go of what is under way: it falls due again, here or at another replica. */
  async close(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    this.#stopped.abort();
    await this.#claiming;
    await Promise.all(this.#underWay);
  }

  async #hear(called: Promise<void>): Promise<void> {
    try {
      await called;
      await this.deliver();
    } catch (error) {
      this.#note(error);
    }
  }

  async #claim(): Promise<void> {
    const free = MAX_UNDER_WAY - this.#underWay.size;
    if (free === 0 || this.#stopped.signal.aborted) return;
    const notices = await claimDueNotices(this.#needs.sql, free);
    const mayBeMore = notices.length === free;
    for (const notice of notices) {
      const work = this.#attend(notice)
        .catch((error) => this.#note(error))
        .finally(() => this.#underWay.delete(work))
        .then(() => (mayBeMore ? this.deliver() : undefined));
      this.#underWay.add(work);
    }
  }

  async #attend(notice: ClaimedNotice): Promise<void> {
    const { db, sql, sessions } = this.#needs;
    const session = await sessions.findById(notice.sessionId);
    if (session) {
      await postponeNotice(sql, notice, session.expiresAt);
      // It may have ended while the notice was in our hands, where nobody could call it in.
      if (!(await sessions.findById(notice.sessionId))) {
        await this.#hear(callInSession(sql, notice.sessionId));
      }
      return;
    }
    const client = await getOAuth2Provider(db, notice.providerId);
    if (client.logoutUri === '' || client.logoutMethod !== 'backchannel') return deleteNotice(sql, notice);

    const fault = await this.#tell(client, notice);
    if (this.#stopped.signal.aborted) return;
    if (fault === undefined) return finishNotice(sql, notice);
    const isLast = await failNotice(sql, notice, fault);
    if (notice.attempts === 0 || isLast) await this.#record(client, notice, fault, isLast);
  }

  /** Undefined when the client has heard, else why not. */
  async #tell(client: OAuth2Provider, notice: ClaimedNotice): Promise<string | undefined> {
    const { db, vault, outbound } = this.#needs;
    const keys = await publishedKeys(db, vault);
    const key = keys.find(({ algorithm }) => algorithm === client.signingAlgorithm);
    if (!key) return `There is no ${client.signingAlgorithm} signing key.`;
    const form = new URLSearchParams({ logout_token: logoutToken(notice, client.clientId, key) });
    try {
      const answer = await outbound.fetch(client.logoutUri, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: form.toString(),
        signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(PATIENCE_SECONDS * 1000)]),
      });
      return answer.ok ? undefined : refusal(answer);
    } catch (error) {
      if (error instanceof OutboundFault) return error.message;
      throw error;
    }
  }

  async #record(
    { provider, logoutUri }: OAuth2Provider,
    { userId }: ClaimedNotice,
    fault: string,
    isLast: boolean,
  ): Promise<void> {
    const application = provider.application?.name ?? provider.name;
    const reason = isLast
      ? 'The application was not told of a sign-out.'
      : 'A sign-out notice failed; it is sent again.';
    const action = isLast ? 'configuration_error' : 'configuration_warning';
    const context = { reason, application, address: logoutUri, fault };
    await recordEvent(this.#needs.db, { action, source: 'protocol.oidc', userId, context });
  }

  #note(err: unknown): void {
    this.#needs.log.error({ err }, 'a logout notice could not be attended to; it falls due again');
  }
}

function refusal({ status, headers }: Response): string {
  const elsewhere = headers.get('location');
  return elsewhere === null ? `It answered ${status}.` : `It answered ${status} and points to ${elsewhere}.`;
}
