// "Profile", and the e-mail address.
import { type Preferences, THEMES } from '../../../identity/user/preferences.ts';
import type { User } from '../../../identity/user/user.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';

interface Profile {
  readonly user: User;
  readonly groups: readonly { readonly name: string }[];
  readonly preferences: Preferences;
  readonly languages: readonly string[];
}

export function profilePage(t: Translate, { user, groups, preferences, languages }: Profile): Page {
  return page('account/profile', t('portal.profile.title'), {
    username: user.username,
    name: user.name,
    email: user.email || '–',
    isUnconfirmed: user.email !== '' && !user.emailVerified,
    groups: groups.map(({ name }) => name).join(', ') || '–',
    chosenLanguage: preferences.language ?? '',
    languages: [{ value: '', label: t('portal.profile.asBrowser') }, ...languages.map(languageChoice)],
    theme: preferences.theme ?? '',
    themes: [
      { value: '', label: t('portal.profile.asSystem') },
      ...THEMES.map((theme) => ({ value: theme, label: t(`portal.profile.themes.${theme}`) })),
    ],
  });
}

/** Each language in its own name: whoever cannot read the present one must find theirs. */
function languageChoice(language: string) {
  return {
    value: language,
    label: new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language,
  };
}

export function emailPage(t: Translate, { email }: User, isConfirmed: boolean): Page {
  return page('account/email', t('portal.profile.emailTitle'), { email, isConfirmed });
}
