// The `sub` claim: how an application knows a person. It must never change for them, and never be somebody else's.
import type { SubjectMode } from '../../platform/database/generated/enums.ts';

interface Identity {
  readonly id: number;
  readonly uuid: string;
  readonly uid: string;
  readonly username: string;
  readonly email: string;
  readonly attributes: unknown;
}

const SUBJECTS: Readonly<Record<SubjectMode, (user: Identity) => string>> = {
  hashed_user_id: ({ uid }) => uid,
  user_id: ({ id }) => String(id),
  user_uuid: ({ uuid }) => uuid,
  user_username: ({ username }) => username,
  user_email: ({ email }) => email,
  user_upn: ({ attributes }) => upnOf(attributes),
};

/** The subject in the provider's mode; the hashed id when the mode names something that this user does not have. */
export function subjectOf(user: Identity, mode: SubjectMode): string {
  return SUBJECTS[mode](user) || user.uid;
}

function upnOf(attributes: unknown): string {
  const isObject = typeof attributes === 'object' && attributes !== null;
  const upn: unknown = isObject && 'upn' in attributes ? attributes.upn : undefined;
  return typeof upn === 'string' ? upn : '';
}
