// Recovery codes as their owner takes them away: on the screen, printed, or as a file that is in the page itself, so that
// nothing needs to be fetched again.
import type { Translate } from '../../../platform/view/texts.ts';

export interface CodeSheet {
  readonly heading: string;
  readonly codes: readonly string[];
  /** A `data:` address. */
  readonly file: string;
}

export function codeSheet(
  t: Translate,
  codes: readonly string[],
  owner: { readonly host: string; readonly username: string },
): CodeSheet {
  const heading = t('portal.devices.codesFor', owner);
  const file = [heading, '', ...codes, ''].join('\r\n');
  return { heading, codes, file: `data:text/plain;charset=utf-8,${encodeURIComponent(file)}` };
}
