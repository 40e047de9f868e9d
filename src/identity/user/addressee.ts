// A user as somebody to write to.
import type { Addressee } from '../../platform/mail/letter.ts';
import { preferencesOf } from './preferences.ts';
import type { User } from './user.ts';

export function addresseeOf(user: User): Addressee {
  const { language } = preferencesOf(user);
  return { email: user.email, name: user.name || user.username, language };
}
