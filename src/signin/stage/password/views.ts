// "Password", under the name that was typed.
import { type Page, page } from '../../../platform/view/page.ts';
import { personOf, type Run } from '../../flow/run.ts';
import type { PasskeyOffer } from '../passkey/passkey.ts';

export function passwordPage(run: Run, passkeys: PasskeyOffer): Page {
  const { t, application, viewer, progress } = run;
  const isAgain = viewer !== undefined && !progress.isSomebodyElse;
  return page('signin/password', t(isAgain ? 'signin.again.title' : 'signin.title'), {
    heading: t(isAgain ? 'signin.again.title' : 'signin.title'),
    lead: isAgain ? t('signin.again.text') : null,
    application: application?.name ?? null,
    login: personOf(run)?.login ?? '',
    // A session that is only confirmed keeps the lifetime that it has.
    mayRemember: !isAgain,
    passkeyOptions: passkeys ? JSON.stringify(passkeys) : null,
  });
}
