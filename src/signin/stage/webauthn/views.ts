// "Use your passkey or security key".
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

export function webauthnPage(
  { t }: Run,
  options: PublicKeyCredentialRequestOptionsJSON,
  mayTrust: boolean,
): Page {
  return page('signin/webauthn', t('signin.webauthn.title'), {
    options: JSON.stringify(options),
    mayTrust,
  });
}
