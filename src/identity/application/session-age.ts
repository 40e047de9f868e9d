// How old a sign-in may grow, in words: "after a day".
import type { Translate } from '../../platform/view/texts.ts';

/** Of 0: not before the session ends. */
export function ageInWords(t: Translate, seconds: number): string {
  if (seconds === 0) return t('admin.applications.anyAge');
  if (seconds % 86_400 === 0) return t('admin.applications.ageInDays', { count: seconds / 86_400 });
  if (seconds % 3600 === 0) return t('admin.applications.ageInHours', { count: seconds / 3600 });
  return t('admin.applications.ageInMinutes', { count: Math.ceil(seconds / 60) });
}

/** Choices for a form: `usual` ones, and the `present` one, which may have been set by the API to anything. */
export function ageChoices(t: Translate, usual: readonly number[], present: number) {
  const ages = new Set([...usual, present]);
  return [...ages].map((seconds) => ({ value: String(seconds), label: ageInWords(t, seconds) }));
}
