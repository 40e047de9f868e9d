// A person's own second factors, as they manage them: whatever is asked for by its number is theirs, or not there.
import type { User } from '../../../identity/user/user.ts';
import { given } from '../../../platform/database/columns.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Listed } from '../../../platform/database/listed.ts';
import { NotFound } from '../../../platform/problem/problem.ts';
import { distrustDevices } from '../../session/trusted-device.ts';
import { countRecoveryCodes } from '../recovery-code/recovery-code.ts';

export const DEVICE_KINDS = ['totp', 'webauthn', 'email'] as const;
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

export type DeviceKey = Pick<Device, 'kind' | 'id'>;

/** All of a user's factors, in the order in which they were added. */
export async function listDevices(db: Db, userId: number): Promise<Devices> {
  const devices: OwnedDevice[] = [];
  for (const kind of DEVICE_KINDS) devices.push(...(await findDevices(db, kind, { userId })).results);
  devices.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  return { devices, recoveryCodeCount: await countRecoveryCodes(db, userId) };
}

export interface OwnedDevice extends Device {
  readonly owner: User;
  /** Make of a passkey or security key; null for other factors. */
  readonly aaguid: string | null;
}

export interface DeviceFilter {
  readonly id?: number | undefined;
  readonly userId?: number | undefined;
  readonly name?: string | undefined;
}

const ANYWHERE = { host: null, isPasskey: false, aaguid: null };

/** Factors of one kind that count, of everybody or as the filter says. */
export async function findDevices(
  db: Db,
  kind: DeviceKind,
  filter: DeviceFilter,
  slice: { readonly skip?: number; readonly take?: number } = {},
): Promise<Listed<OwnedDevice>> {
  const where = given(filter);
  const rows = {
    include: { user: { omit: { passwordHash: true } } },
    orderBy: { id: 'asc' },
    ...slice,
  } as const;
  if (kind === 'totp') {
    const confirmed = { ...where, confirmedAt: { not: null } };
    const found = await db.totpDevice.findMany({ where: confirmed, ...rows });
    const results = found.map(({ user, ...device }) => ({ ...device, ...ANYWHERE, kind, owner: user }));
    return { count: await db.totpDevice.count({ where: confirmed }), results };
  }
  if (kind === 'email') {
    const found = await db.emailDevice.findMany({ where, ...rows });
    const results = found.map(({ user, ...device }) => ({ ...device, ...ANYWHERE, kind, owner: user }));
    return { count: await db.emailDevice.count({ where }), results };
  }
  const found = await db.webAuthnCredential.findMany({ where, ...rows });
  const results = found.map(({ user, rpId, isDiscoverable, ...key }) => ({
    ...key,
    kind,
    owner: user,
    host: rpId,
    isPasskey: isDiscoverable,
  }));
  return { count: await db.webAuthnCredential.count({ where }), results };
}

/** One of the user's factors, and whether it is their only one; throws NotFound. */
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

/** Throws NotFound. */
export async function renameDevice(db: Db, userId: number, which: DeviceKey, name: string): Promise<void> {
  const where = { id: which.id, userId };
  const { count } = await {
    totp: () => db.totpDevice.updateMany({ where, data: { name } }),
    webauthn: () => db.webAuthnCredential.updateMany({ where, data: { name } }),
    email: () => db.emailDevice.updateMany({ where, data: { name } }),
  }[which.kind]();
  if (count === 0) throw noSuchDevice();
}

/** Removes a factor; with the last one go the recovery codes, which would be a password of their own. Throws NotFound. */
export async function deleteDevice(db: Db, userId: number, which: DeviceKey): Promise<void> {
  const where = { id: which.id, userId };
  const { count } = await {
    totp: () => db.totpDevice.deleteMany({ where }),
    webauthn: () => db.webAuthnCredential.deleteMany({ where }),
    email: () => db.emailDevice.deleteMany({ where }),
  }[which.kind]();
  if (count === 0) throw noSuchDevice();
  await distrustDevices(db, userId);
  const { devices } = await listDevices(db, userId);
  if (devices.length === 0) await db.recoveryCode.deleteMany({ where: { userId } });
}

function noSuchDevice(): NotFound {
  return new NotFound('There is no such device.');
}
