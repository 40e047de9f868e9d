// A person's own second factors, as they manage them: whatever is asked for by its number is theirs, or not there.
import type { Db } from '../../../platform/database/database.ts';
import { NotFound } from '../../../platform/problem/problem.ts';
import { countRecoveryCodes } from '../../../signin/stage/recovery-code/recovery-code.ts';

export const DEVICE_KINDS = ['totp', 'webauthn'] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

export interface Device {
  readonly kind: DeviceKind;
  readonly id: number;
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  /** Host name that a passkey was made for; null for what works anywhere. */
  readonly host: string | null;
  /** Signs in without a password. */
  readonly isPasskey: boolean;
}

export interface Devices {
  readonly devices: readonly Device[];
  readonly recoveryCodeCount: number;
}

/** All of a user's factors, in the order in which they were added. */
export async function listDevices(db: Db, userId: number): Promise<Devices> {
  const totp = await db.totpDevice.findMany({ where: { userId, confirmedAt: { not: null } } });
  const keys = await db.webAuthnCredential.findMany({ where: { userId } });
  const devices = [
    ...totp.map((device): Device => ({ ...device, kind: 'totp', host: null, isPasskey: false })),
    ...keys.map(
      (key): Device => ({ ...key, kind: 'webauthn', host: key.rpId, isPasskey: key.isDiscoverable }),
    ),
  ];
  devices.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  return { devices, recoveryCodeCount: await countRecoveryCodes(db, userId) };
}

export async function renameDevice(db: Db, userId: number, which: DeviceKey, name: string): Promise<void> {
  const where = { id: which.id, userId };
  const { count } =
    which.kind === 'totp'
      ? await db.totpDevice.updateMany({ where, data: { name } })
      : await db.webAuthnCredential.updateMany({ where, data: { name } });
  if (count === 0) throw noSuchDevice();
}

/** Removes a factor; with the last one go the recovery codes, which would be a password of their own. */
export async function deleteDevice(db: Db, userId: number, which: DeviceKey): Promise<void> {
  const where = { id: which.id, userId };
  const { count } =
    which.kind === 'totp'
      ? await db.totpDevice.deleteMany({ where })
      : await db.webAuthnCredential.deleteMany({ where });
  if (count === 0) throw noSuchDevice();
  const { devices } = await listDevices(db, userId);
  if (devices.length === 0) await db.recoveryCode.deleteMany({ where: { userId } });
}

export type DeviceKey = Pick<Device, 'kind' | 'id'>;

/** One of the user's factors, and whether it is their only one. */
export async function getDevice(
  db: Db,
  userId: number,
  { kind, id }: DeviceKey,
): Promise<{ readonly device: Device; readonly isLast: boolean }> {
  const { devices } = await listDevices(db, userId);
  const device = devices.find((each) => each.kind === kind && each.id === id);
  if (!device) throw noSuchDevice();
  return { device, isLast: devices.length === 1 };
}

function noSuchDevice(): NotFound {
  return new NotFound('There is no such device.');
}
