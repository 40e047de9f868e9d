// The pages of the engine itself.
import { type Page, page } from '../../platform/view/page.ts';
import type { Run } from './run.ts';

/** Everything is answered, and one more click ends the flow. */
export function continuePage({ t }: Run): Page {
  return page('signin/continue', t('signin.continue.title'));
}
