// The QR code, and the field for the first code.
import { type Page, page } from '../../../../platform/view/page.ts';
import type { Run } from '../../../flow/run.ts';
import type { TotpSecret } from '../../totp/key-uri.ts';

export function totpEnrolmentPage({ t }: Run, secret: TotpSecret): Page {
  return page('signin/totp-enrolment', t('signin.enrolment.totpTitle'), { secret });
}
