// How a secret gets into an authenticator app: as a QR code of its key URI (the format that Google Authenticator began),
// and as text for whoever cannot take a picture.
import { generateURI } from 'otplib';
import { type QrCode, qrCodeOf } from '../../../platform/view/qr-code.ts';

export interface TotpSecret {
  /** base32 in groups of four. */
  readonly text: string;
  /** The link that a phone opens its app with. */
  readonly uri: string;
  readonly qr: QrCode;
}

/** What a page shows of a secret; `host` and `login` name it in the app. */
export function describeTotpSecret(secret: string, host: string, login: string): TotpSecret {
  const uri = generateURI({ issuer: `Gatelodge ${host}`, label: login, secret });
  return { text: secret.match(/.{1,4}/g)?.join(' ') ?? secret, uri, qr: qrCodeOf(uri) };
}
