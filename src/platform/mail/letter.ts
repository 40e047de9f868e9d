// What people are written to: a kind of letter, whose texts stand in the catalogue under `mail`, in the language of who
// gets it; as plain text and as HTML that says the same.
import type { TextValues, Translate } from '../view/texts.ts';
import { type LetterText, letterHtml } from './letter-html.ts';
import type { Mail } from './mail.ts';

/** Each has a subject and a text in the catalogue, and an action where it carries a link. */
export type LetterKind =
  | 'recovery'
  | 'passwordChanged'
  | 'confirmEmail'
  | 'emailChanged'
  | 'invitation'
  | 'newBrowser'
  | 'recoveryCodeUsed'
  | 'signInCode';

export interface Addressee {
  readonly email: string;
  readonly name: string;
  /** A language that they have chosen; otherwise English. */
  readonly language?: string | undefined;
}

export interface Letter {
  readonly kind: LetterKind;
  readonly to: Addressee;
  /** What is filled into its texts. */
  readonly values?: TextValues;
  /** Where its button leads, on our own origin. */
  readonly path?: string;
  /** To be typed somewhere; it stands by itself, after the greeting. */
  readonly code?: string;
}

/** The mail that a letter becomes; `url` is the origin that links lead to. */
export function composeMail(letter: Letter, t: Translate, language: string, url: string): Mail {
  const text = letterText(letter, t, language, url);
  return { to: letter.to.email, subject: text.subject, text: letterPlain(text), html: letterHtml(text) };
}

function letterText(
  { kind, to, values, path, code }: Letter,
  t: Translate,
  language: string,
  url: string,
): LetterText {
  const action =
    path === undefined ? undefined : { label: t(`mail.${kind}.action`), href: new URL(path, url).href };
  return {
    language,
    subject: t(`mail.${kind}.subject`, values),
    paragraphs: [t('mail.greeting', { name: to.name }), ...t(`mail.${kind}.text`, values).trim().split('\n')],
    code,
    action,
    footer: t('mail.footer', { host: new URL(url).host }),
  };
}

function letterPlain({ paragraphs, code, action, footer }: LetterText): string {
  const link = action ? [`${action.label}:\n${action.href}`] : [];
  // "-- " is what mail programs know a signature by (RFC 3676 §4.3).
  const [greeting = '', ...rest] = paragraphs;
  return `${[greeting, ...(code === undefined ? [] : [code]), ...rest, ...link, `-- \n${footer}`].join('\n\n')}\n`;
}
