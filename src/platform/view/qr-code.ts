// QR codes as pages show them: one SVG path, drawn by views/partials/qr.eta. Made by us, so no other host learns of it.
import encodeQr from 'qr';

/** Quiet zone that scanners need around a QR code (ISO/IEC 18004 §9.1), in modules. */
const QUIET_ZONE = 4;

export interface QrCode {
  /** Width and height in modules. */
  readonly size: number;
  /** Data of one SVG path that fills the dark modules. */
  readonly path: string;
}

export function qrCodeOf(text: string): QrCode {
  const rows = encodeQr(text, 'raw', { ecc: 'medium', border: QUIET_ZONE });
  const modules = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')));
  return { size: rows.length, path: modules.join('') };
}
