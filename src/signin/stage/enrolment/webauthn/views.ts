// "Make a passkey".
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { type Page, page } from '../../../../platform/view/page.ts';
import type { Run } from '../../../flow/run.ts';

export function webauthnEnrolmentPage({ t }: Run, options: PublicKeyCredentialCreationOptionsJSON): Page {
  return page('signin/webauthn-enrolment', t('signin.enrolment.webauthnTitle'), {
    options: JSON.stringify(options),
  });
}
