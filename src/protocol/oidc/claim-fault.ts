// Expressions that fail, in the audit trail: the administrator reads there which claim is missing, for whom and why.
import Provider from 'oidc-provider';
import { recordEvent } from '../../identity/event/event.ts';
import type { User } from '../../identity/user/user.ts';
import type { Db } from '../../platform/database/database.ts';
import { callOf } from './call.ts';
import type { OAuth2Provider } from './client.ts';
import type { ClaimFault } from './computed-claims.ts';

/** One sign-in makes several tokens, and a service may ask again and again: one event a minute tells as much. */
const SAME_FAULT_MS = 60_000;

/** Records the faults of one client's claims, beside the answer and never instead of it. */
export function claimFaultRecorder(db: Db, client: OAuth2Provider) {
  const lastRecordedAt = new Map<string, number>();
  const { application } = client.provider;

  return (user: User, faults: readonly ClaimFault[], now = Date.now()): void => {
    for (const fault of faults) {
      const key = `${fault.scope} ${fault.claim}`;
      if (now - (lastRecordedAt.get(key) ?? 0) < SAME_FAULT_MS) continue;
      lastRecordedAt.set(key, now);
      const call = Provider.ctx && callOf(Provider.ctx);
      recordEvent(db, {
        action: 'property_mapping_exception',
        source: 'protocol.oidc',
        userId: user.id,
        username: user.username,
        context: { application: application?.name ?? '', client: client.clientId, ...fault },
        clientAddress: call?.state.clientAddress,
        requestId: call?.state.requestId,
      }).catch((err: unknown) => call?.state.log.error({ err }, 'an event could not be recorded'));
    }
  };
}
