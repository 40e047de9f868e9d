// A letter as HTML. Mail programs read neither stylesheets nor scripts, and each turns colours round for the dark in its
// own way: so there is next to no style, the reader's own colours, and one button that brings both of its colours.

/** A letter in words. */
export interface LetterText {
  readonly language: string;
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly code: string | undefined;
  readonly action: { readonly label: string; readonly href: string } | undefined;
  readonly footer: string;
}

const BODY = 'font: 16px/1.5 system-ui, sans-serif; max-width: 36em; margin: 0 auto; padding: 24px 16px';
const BUTTON =
  'display: inline-block; padding: 10px 20px; border-radius: 6px; background: #1f5f8b; color: #ffffff; text-decoration: none; font-weight: 600';
const DIGITS = 'font-size: 32px; font-weight: 600; letter-spacing: 0.2em; margin: 24px 0';
const SMALL = 'font-size: 13px; opacity: 0.75; word-break: break-word';

/** A whole document; everything that is filled in is escaped. */
export function letterHtml({ language, subject, paragraphs, code, action, footer }: LetterText): string {
  const [greeting = '', ...lines] = paragraphs.map((paragraph) => `<p>${escaped(paragraph)}</p>`);
  const digits = code === undefined ? [] : [`<p style="${DIGITS}">${escaped(code)}</p>`];
  const link = action
    ? [
        `<p><a href="${escaped(action.href)}" style="${BUTTON}">${escaped(action.label)}</a></p>`,
        `<p style="${SMALL}">${escaped(action.href)}</p>`,
      ]
    : [];
  return [
    '<!doctype html>',
    `<html lang="${escaped(language)}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(subject)}</title>`,
    '</head>',
    `<body style="${BODY}">`,
    greeting,
    ...digits,
    ...lines,
    ...link,
    `<p style="${SMALL}">${escaped(footer)}</p>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
