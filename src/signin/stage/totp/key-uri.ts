// How a secret gets into an authenticator app: as a QR code of its key URI (the format that Google Authenticator began),
// and as text for whoever cannot take a picture.
import { generateURI } from 'otplib';
import encodeQr from 'qr';

/** Quiet zone that scanners need around a QR code (ISO/IEC 18004 §9.1), in modules. */
const QUIET_ZONE = 4;

export interface TotpSecret {
  /** base32 in groups of four. */
  readonly text: string;
  /** The link that a phone opens its app with. */
  readonly uri: string;
  readonly qr: QrCode;
}

interface QrCode {
  /** Width and height in modules. */
  readonly size: number;
  /** Data of one SVG path that fills the dark modules. */
  readonly path: string;
}

/** What a page shows of a secret; `host` and `login` name it in the app. */
export function describeTotpSecret(secret: string, host: string, login: string): TotpSecret {
  const uri = generateURI({ issuer: `Gatelodge ${host}`, label: login, secret });
  return { text: secret.match(/.{1,4}/g)?.join(' ') ?? secret, uri, qr: qrCodeOf(uri) };
}

function qrCodeOf(text: string): QrCode {
  const rows = encodeQr(text, 'raw', { ecc: 'medium', border: QUIET_ZONE });
  const modules = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')));
  return { size: rows.length, path: modules.join('') };
}
