// "App passwords and tokens".
import type { Token } from '../../../identity/token/token.ts';
import { dayIn } from '../../../platform/view/dates.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';

/** What people make for themselves. */
export const INTENTS = ['app_password', 'api'] as const;
type Intent = (typeof INTENTS)[number];

const CHOICES_OF_DAYS = [1, 7, 30, 90, 360];

interface Reader {
  readonly t: Translate;
  readonly language: string;
}

export function tokensPage({ t, language }: Reader, tokens: readonly Token[]): Page {
  const day = dayIn(language);
  return page('account/tokens', t('portal.tokens.title'), {
    tokens: tokens.map(({ identifier, intent, description, expiresAt, lastUsedAt }) => ({
      name: description || identifier,
      kind: t(`portal.tokens.kind.${intent}`),
      dates: t('portal.tokens.dates', {
        expires: expiresAt ? day(expiresAt) : t('portal.tokens.never'),
        lastUsed: lastUsedAt ? day(lastUsedAt) : t('portal.tokens.never'),
      }),
      isOver: expiresAt !== null && expiresAt <= new Date(),
      deletePath: `/if/user/tokens/${identifier}/delete/`,
    })),
  });
}

/** `longestOf` says for how many days at most. */
export function createPage(t: Translate, longestOf: (intent: Intent) => number): Page {
  return page('account/token-create', t('portal.tokens.createTitle'), {
    kinds: INTENTS.map((intent) => {
      const days = CHOICES_OF_DAYS.filter((count) => count <= longestOf(intent));
      return {
        intent,
        title: t(`portal.tokens.kind.${intent}`),
        text: t(`portal.tokens.kindText.${intent}`),
        value: String(days.findLast((count) => count <= 90) ?? days[0] ?? 1),
        days: days.map((count) => ({ value: String(count), label: t('portal.tokens.days', { count }) })),
      };
    }),
  });
}

interface NewKey {
  readonly token: Token;
  readonly key: string;
  readonly username: string;
}

export function keyPage({ t, language }: Reader, { token, key, username }: NewKey): Page {
  return page('account/token-key', t('portal.tokens.keyTitle'), {
    name: token.description,
    key,
    username: token.intent === 'app_password' ? username : null,
    expires: t('portal.tokens.until', { expires: token.expiresAt ? dayIn(language)(token.expiresAt) : '–' }),
  });
}
