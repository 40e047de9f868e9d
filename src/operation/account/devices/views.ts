// Pages about one's own second factors.
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { dayIn } from '../../../platform/view/dates.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';
import type { TrustedDevice } from '../../../signin/session/trusted-device.ts';
import { describeDevice } from '../../../signin/session/user-agent.ts';
import { codeSheet } from '../../../signin/stage/recovery-code/code-sheet.ts';
import type { Device, Devices } from '../../../signin/stage/second-factor/device.ts';
import type { TotpSecret } from '../../../signin/stage/totp/key-uri.ts';

const ROOT = '/if/user/devices/';
/** From here on it is time for new codes. */
const FEW_CODES = 3;

interface Reader {
  readonly t: Translate;
  readonly language: string;
}

export function devicesPage(
  { t, language }: Reader,
  { devices, recoveryCodeCount }: Devices,
  trusted: readonly TrustedDevice[],
  host: string,
): Page {
  const day = dayIn(language);
  return page('account/devices', t('portal.devices.title'), {
    devices: devices.map((device) => ({
      name: device.name,
      kind: t(`portal.devices.kind.${device.isPasskey ? 'passkey' : device.kind}`),
      dates: t('portal.devices.dates', {
        created: day(device.createdAt),
        lastUsed: device.lastUsedAt ? day(device.lastUsedAt) : t('portal.devices.never'),
      }),
      path: pathOf(device),
      madeFor: device.host !== null && device.host !== host ? device.host : null,
    })),
    trusted: trusted.map((device) => trustedRow(t, day, device)),
    host,
    codes: codesLeft(t, recoveryCodeCount),
    mustMakeCodes: recoveryCodeCount < FEW_CODES,
  });
}

/** `email` is where codes can be mailed to; null where they cannot, or are already. */
export function addPage({ t }: Reader, email: string | null): Page {
  return page('account/device-add', t('portal.devices.addTitle'), { email });
}

export function newTotpPage({ t }: Reader, secret: TotpSecret): Page {
  return page('account/totp-add', t('signin.enrolment.totpTitle'), {
    secret,
    name: t('signin.totp.defaultName'),
  });
}

export function newKeyPage(
  { t }: Reader,
  userAgent: string,
  options: PublicKeyCredentialCreationOptionsJSON,
): Page {
  return page('account/webauthn-add', t('signin.enrolment.webauthnTitle'), {
    options: JSON.stringify(options),
    name: describeDevice(userAgent) ?? t('signin.webauthn.defaultName'),
  });
}

export function devicePage({ t }: Reader, { device, isLast }: { device: Device; isLast: boolean }): Page {
  return page('account/device', device.name, {
    device: { name: device.name, path: pathOf(device), removePath: `${pathOf(device)}remove/` },
    warning: t(isLast ? 'portal.devices.removeLastText' : 'portal.devices.removeText', { name: device.name }),
  });
}

export function codesPage({ t }: Reader, { devices, recoveryCodeCount }: Devices): Page {
  return page('account/recovery-codes', t('portal.devices.codesTitle'), {
    codes: codesLeft(t, recoveryCodeCount),
    hasCodes: recoveryCodeCount > 0,
    hasFactor: devices.length > 0,
  });
}

/** The only page that ever shows them. */
export function newCodesPage(
  { t }: Reader,
  codes: readonly string[],
  owner: { readonly host: string; readonly username: string },
): Page {
  return page('account/recovery-codes-new', t('portal.devices.newCodesTitle'), {
    ...codeSheet(t, codes, owner),
  });
}

function trustedRow(t: Translate, day: (date: Date) => string, device: TrustedDevice) {
  return {
    name: describeDevice(device.userAgent) ?? t('portal.sessions.unknownDevice'),
    dates: t('portal.devices.trusted.dates', {
      since: day(device.createdAt),
      lastUsed: day(device.lastUsedAt),
      until: day(device.expiresAt),
    }),
    forgetPath: `${ROOT}trusted/${device.id}/forget/`,
  };
}

function pathOf({ kind, id }: Device): string {
  return `${ROOT}${kind}/${id}/`;
}

function codesLeft(t: Translate, count: number): string {
  return count === 0 ? t('portal.devices.noCodes') : t('portal.devices.codesLeft', { count });
}
