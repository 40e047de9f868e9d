// "Username or email".
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';
import type { PasskeyOffer } from '../passkey/passkey.ts';

export function identificationPage(
  { t, application, requirements }: Run,
  passkeys: PasskeyOffer,
  mayEnrol: boolean,
): Page {
  return page('signin/identification', t('signin.title'), {
    application: application?.name ?? null,
    mayEnrol,
    loginHint: requirements.loginHint ?? '',
    passkeyOptions: passkeys ? JSON.stringify(passkeys) : null,
  });
}
