// How an application's client has been doing, as its page says it: requests that failed, with the remedy, and whether it
// could be told of the last sign-outs.
import type { ClientFault } from '../../platform/database/generated/client.ts';
import { momentIn } from '../../platform/view/dates.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { OAuth2Provider } from '../../protocol/oidc/client.ts';
import type { NoticeOutcome } from '../../protocol/oidc/logout/logout-notice.ts';

interface Reader {
  readonly t: Translate;
  readonly language: string;
}

/** The faults of a client for a page at `path`; the remedies name what has to be done where. */
export function faultsOf(
  { t, language }: Reader,
  faults: readonly ClientFault[],
  path: string,
  { accessCodeValiditySeconds: codeSeconds }: OAuth2Provider,
) {
  const moment = momentIn(language);
  return faults.map(({ kind, sent, detail, count, lastAt, clientAddress }) => ({
    title: t(`admin.faults.kinds.${kind}.title`),
    remedy: t(`admin.faults.kinds.${kind}.remedy`, { codeSeconds }),
    sent: sent || null,
    detail: kind === 'scope' ? null : detail,
    when: t('admin.faults.when', { count, moment: moment(lastAt), address: clientAddress }),
    addPath: kind === 'redirect_uri' && sent ? `${path}faults/redirect-uri/` : null,
  }));
}

/** How the last notices of sign-outs went. */
export function signOutsOf({ t, language }: Reader, notices: readonly NoticeOutcome[]) {
  const moment = momentIn(language);
  return notices.map(({ attempts, lastError, finishedAt }) => {
    const state = finishedAt === undefined ? 'waiting' : lastError === '' ? 'told' : 'failed';
    return {
      badge: t(`admin.signOuts.${state}`),
      tone: { told: 'good', waiting: 'warn', failed: 'bad' }[state],
      when: finishedAt ? moment(finishedAt) : null,
      attempts: t('admin.signOuts.attempts', { count: attempts }),
      error: lastError || null,
    };
  });
}
