// /api/v3/crypto/certificatekeypairs/: the signing keys, under the ids and the name by which scripts look for them.
import { z } from 'zod';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { NotFound } from '../../platform/problem/problem.ts';
import { flag } from '../../platform/rest/listing.ts';
import type { Operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import { keyPairId } from './representation.ts';
import { listSigningKeys, type PublicSigningKey } from './signing-key.ts';

/** What authentik calls the key that it makes at its first start, and Terraform configurations name. */
const DEFAULT_KEY_NAME = 'authentik Self-signed Certificate';

const shape = z.object({
  pk: z.uuid(),
  name: z.string(),
  private_key_available: z.boolean(),
  key_type: z.string(),
  managed: z.string().nullable(),
  kid: z.string(),
  algorithm: z.string(),
  active_at: z.string(),
  retired_at: z.string().nullable(),
});

const filters = z.object({ name: z.string().optional(), has_key: flag.optional() });

export function signingKeyApi({ db }: { db: PrismaClient }): Operation[] {
  return resource({
    path: 'crypto/certificatekeypairs',
    name: 'CertificateKeyPair',
    key: z.object({ kp_uuid: z.uuid() }),
    shape,
    fields: z.strictObject({}),
    filters,
    list: async ({ query, search, skip, take }) => {
      const all = (await listSigningKeys(db)).map(represent);
      const matching = all.filter(({ name }) => name.includes(search) && (query.name ?? name) === name);
      const found = query.has_key === false ? [] : matching;
      return { count: found.length, results: found.slice(skip, skip + take) };
    },
    get: async ({ parameters }) => {
      const key = (await listSigningKeys(db)).map(represent).find(({ pk }) => pk === parameters.kp_uuid);
      if (!key) throw new NotFound('There is no such key.');
      return key;
    },
  });
}

const KEY_TYPES: Readonly<Record<string, string>> = { RS256: 'rsa', ES256: 'ec', EdDSA: 'ed25519' };

function represent({ id, algorithm, activeAt, retiredAt }: PublicSigningKey): z.output<typeof shape> {
  const isDefault = algorithm === 'RS256';
  return {
    pk: keyPairId(id),
    name: isDefault ? DEFAULT_KEY_NAME : `Gatelodge ${algorithm} ${id.slice(0, 8)}`,
    private_key_available: true,
    key_type: KEY_TYPES[algorithm] ?? algorithm,
    managed: isDefault ? 'goauthentik.io/crypto/jwt-managed' : null,
    kid: id,
    algorithm,
    active_at: activeAt.toISOString(),
    retired_at: retiredAt?.toISOString() ?? null,
  };
}
