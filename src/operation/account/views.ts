// Pages for everybody who is signed in: the application library, and what is known about oneself.
import type { ConsentWithApplication } from '../../identity/access/consent.ts';
import { describeScope } from '../../identity/access/scope-description.ts';
import { iconOf } from '../../identity/application/icon.ts';
import { dayIn, momentIn } from '../../platform/view/dates.ts';
import { type Page, page } from '../../platform/view/page.ts';
import type { Translate } from '../../platform/view/texts.ts';
import { describeDevice } from '../../signin/session/user-agent.ts';
import type { Library } from './library.ts';
import type { ListedSession } from './session-list.ts';

/** Below this many tiles a search field is in the way. */
const SEARCHABLE_COUNT = 8;

export function libraryPage(t: Translate, { headings, count }: Library, search: string): Page {
  return page('account/library', t('portal.title'), {
    headings,
    search,
    isEmpty: count === 0,
    isSearchable: count >= SEARCHABLE_COUNT || search !== '',
  });
}

interface Reader {
  readonly t: Translate;
  readonly language: string;
}

export function sessionsPage(
  { t, language }: Reader,
  sessions: readonly ListedSession[],
  ownId?: string,
): Page {
  const moment = momentIn(language);
  return page('account/sessions', t('portal.sessions.title'), {
    sessions: sessions.map((session) => ({
      device: describeDevice(session.userAgent) ?? t('portal.sessions.unknownDevice'),
      address: session.clientAddress,
      lastSeen: moment(session.lastSeenAt),
      applications: session.applications.join(', ') || null,
      isThis: session.id === ownId,
      endPath: `/if/user/sessions/${session.id}/end/`,
    })),
  });
}

export function consentsPage({ t, language }: Reader, consents: readonly ConsentWithApplication[]): Page {
  const day = dayIn(language);
  return page('account/consents', t('portal.consents.title'), {
    consents: consents.map(({ application, scopes, grantedAt, expiresAt }) => ({
      application: application.name,
      icon: iconOf(application),
      permissions: scopes.map((scope) => describeScope(scope, {}, t)),
      since: t('portal.consents.since', { day: day(grantedAt) }),
      until: expiresAt ? t('portal.consents.until', { day: day(expiresAt) }) : null,
      revokePath: `/if/user/consents/${application.slug}/revoke/`,
    })),
  });
}
