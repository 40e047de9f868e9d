// The language of an answer, where somebody knows better than the browser's Accept-Language.
import type { Texts } from '../view/texts.ts';
import type { Context } from './context.ts';

/** Answers in the first of these languages that we speak (tags between spaces, as in `ui_locales`); else as before. */
export function speak({ state }: Pick<Context, 'state'>, texts: Texts, wanted: unknown): void {
  const language = typeof wanted === 'string' ? texts.match(wanted.split(/\s+/)) : undefined;
  if (language === undefined) return;
  state.language = language;
  state.t = texts.for(language);
}
