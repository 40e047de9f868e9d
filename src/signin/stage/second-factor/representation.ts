// How the API shows second factors: authentik's field names and forms. Secrets are in none of them, nor are recovery codes,
// of which only hashes are kept.
import { z } from 'zod';
import { partialUserShape, representPartialUser } from '../../../identity/user/representation.ts';
import type { User } from '../../../identity/user/user.ts';
import type { DeviceKind, OwnedDevice } from './device.ts';

/** As authentik's models are called; `static` is the set of recovery codes. */
export const MODELS = {
  totp: { app: 'totp', name: 'TOTPDevice', words: 'TOTP Device' },
  webauthn: { app: 'webauthn', name: 'WebAuthnDevice', words: 'WebAuthn Device' },
  email: { app: 'email', name: 'EmailDevice', words: 'Email Device' },
  static: { app: 'static', name: 'StaticDevice', words: 'Static Device' },
} as const;

export const anyDeviceShape = z
  .object({
    verbose_name: z.string(),
    verbose_name_plural: z.string(),
    meta_model_name: z.string(),
    pk: z.string(),
    name: z.string(),
    type: z.string(),
    confirmed: z.boolean(),
    created: z.date(),
    last_updated: z.date(),
    last_used: z.date().nullable(),
    extra_description: z.string().nullable(),
    external_id: z.string().nullable(),
  })
  .meta({ title: 'Device' });

const common = z.object({ pk: z.int(), name: z.string(), user: partialUserShape });

export const deviceShapes = {
  totp: common,
  webauthn: common.extend({ created_on: z.date(), device_type: z.null(), aaguid: z.string() }),
  email: common.extend({ email: z.string() }),
} satisfies Record<DeviceKind, z.ZodObject>;

export const staticShape = common.extend({ token_set: z.array(z.object({ token: z.string() })) });

/** A factor among all of somebody's. */
export function representAny(device: OwnedDevice): z.input<typeof anyDeviceShape> {
  return {
    ...namesOf(device.kind),
    pk: String(device.id),
    name: device.name,
    confirmed: true,
    created: device.createdAt,
    last_updated: device.lastUsedAt ?? device.createdAt,
    last_used: device.lastUsedAt,
    extra_description: device.host,
    external_id: device.aaguid,
  };
}

/** A factor by itself; its kind's shape leaves out what the kind does not have. */
export function representDevice({ id, name, owner, createdAt, aaguid }: OwnedDevice) {
  return {
    pk: id,
    name,
    user: representPartialUser(owner),
    created_on: createdAt,
    device_type: null,
    aaguid: aaguid ?? '',
    email: owner.email,
  };
}

/** Somebody's recovery codes, which go by the number of their owner. */
export function representCodes(owner: User): z.input<typeof staticShape> {
  return { pk: owner.id, name: 'Recovery codes', user: representPartialUser(owner), token_set: [] };
}

function namesOf(kind: keyof typeof MODELS) {
  const { app, name, words } = MODELS[kind];
  const label = `authentik_stages_authenticator_${app}`;
  return {
    verbose_name: words,
    verbose_name_plural: `${words}s`,
    meta_model_name: `${label}.${name.toLowerCase()}`,
    type: `${label}.${name}`,
  };
}
