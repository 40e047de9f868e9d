// Pages about invitations for administrators.
import { dayIn } from '../../platform/view/dates.ts';
import { type Page, page } from '../../platform/view/page.ts';
import { qrCodeOf } from '../../platform/view/qr-code.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { Group } from '../group/group.ts';
import { type Invitation, isInvitationOpen } from './invitation.ts';

export const ROOT = '/if/admin/invitations/';

/** By the hash: the token itself stands in no address but the link's. */
export const pathOf = ({ tokenHash }: Pick<Invitation, 'tokenHash'>) => `${ROOT}${tokenHash}/`;

interface Reader {
  readonly t: Translate;
  readonly language: string;
}

export function listPage(reader: Reader, invitations: readonly Invitation[], isOpen: boolean): Page {
  return page('invitation/list', reader.t('admin.invitations.title'), {
    isEnrolmentOpen: isOpen,
    invitations: invitations.map((invitation) => shown(reader, invitation)),
  });
}

export function createPage(t: Translate, groups: readonly Group[], chosen: readonly string[]): Page {
  return page('invitation/create', t('admin.invitations.createTitle'), {
    groups: groups.map(({ id, name, isSuperuser }) => ({
      id,
      name,
      isSuperuser,
      isChosen: chosen.includes(id),
    })),
  });
}

export function detailPage(
  reader: Reader,
  invitation: Invitation,
  { link, canMail }: { readonly link: string; readonly canMail: boolean },
): Page {
  const { t } = reader;
  const { name, username, fullName, email } = invitation;
  const { groups, expires, uses, state, path } = shown(reader, invitation);
  const fact = (key: string, value: string) => ({
    label: t(`admin.invitations.${key}`),
    value: value || '–',
  });
  return page('invitation/detail', name, {
    name,
    root: path,
    state,
    link,
    qr: qrCodeOf(link),
    canMail,
    email,
    facts: [
      fact('username', username),
      fact('fullName', fullName),
      fact('email', email),
      fact('groups', groups),
      fact('uses', uses),
      fact('expires', expires),
    ],
  });
}

function shown({ t, language }: Reader, invitation: Invitation) {
  const { name, groups, uses, usesAllowed, expiresAt } = invitation;
  return {
    path: pathOf(invitation),
    name,
    groups: groups.map(({ group }) => group.name).join(', '),
    uses: usesAllowed === null ? String(uses) : t('admin.invitations.usesOf', { uses, allowed: usesAllowed }),
    expires: expiresAt ? dayIn(language)(expiresAt) : t('admin.invitations.never'),
    state: isInvitationOpen(invitation)
      ? { text: t('admin.invitations.open'), tone: 'good' }
      : { text: t('admin.invitations.over'), tone: 'plain' },
  };
}
