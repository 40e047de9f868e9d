// /api/v3/crypto/certificatekeypairs/: the signing keys, under the ids and the name by which scripts look for them. One is
// generated to follow the present one, rotated likewise, and deleted to take it out of use at once.
import { z } from 'zod';
import { modelEvent } from '../../../identity/event/actor.ts';
import { recordEvent } from '../../../identity/event/event.ts';
import { signingKeyModel } from '../../../operation/admin/model.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { PrismaClient } from '../../../platform/database/generated/client.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import type { Context } from '../../../platform/http/context.ts';
import { lineOfText } from '../../../platform/problem/field.ts';
import { NotFound } from '../../../platform/problem/problem.ts';
import { superuser } from '../../../platform/rest/credentials.ts';
import { flag, several } from '../../../platform/rest/listing.ts';
import { type Operation, operation } from '../../../platform/rest/operation.ts';
import { resource } from '../../../platform/rest/resource.ts';
import { keyPairId } from '../representation.ts';
import { isSigningAlgorithm, type SigningAlgorithm } from '../signing-algorithm.ts';
import { listSigningKeys, type PublicSigningKey } from '../signing-key.ts';
import { retireSigningKey } from './retirement.ts';
import { rotateSigningKey } from './rotation.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
  readonly vault: Vault;
}

/** What authentik calls the key that it makes at its first start, and Terraform configurations name. */
const DEFAULT_KEY_NAME = 'authentik Self-signed Certificate';

const shape = z
  .object({
    pk: z.uuid(),
    name: z.string(),
    /** There are keys here and no certificates. */
    cert_expiry: z.null(),
    cert_subject: z.null(),
    private_key_available: z.boolean(),
    key_type: z.string(),
    certificate_download_url: z.string(),
    private_key_download_url: z.string(),
    managed: z.string().nullable(),
    kid: z.string(),
    algorithm: z.string(),
    active_at: z.date(),
    retired_at: z.date().nullable(),
  })
  .meta({ title: 'CertificateKeyPair' });

const key = z.object({ kp_uuid: z.uuid() });

const filters = z.object({
  name: z.string().optional(),
  has_key: flag.optional(),
  key_type: several(z.string()).optional(),
  managed: z.string().optional(),
});

export function signingKeyApi(needs: Needs): Operation[] {
  return [generateOperation(needs), rotateOperation(needs), ...keyPairs(needs)];
}

function keyPairs({ db, changes, vault }: Needs): Operation[] {
  return resource({
    path: 'crypto/certificatekeypairs',
    name: 'CertificateKeyPair',
    key,
    shape,
    fields: z.strictObject({}),
    filters,
    list: async ({ query, search, skip, take }) => {
      const all = (await listSigningKeys(db)).map(represent);
      const found = all.filter(
        ({ name, key_type, managed }) =>
          name.includes(search) &&
          (query.name ?? name) === name &&
          (query.key_type?.includes(key_type) ?? true) &&
          (query.managed ?? managed) === managed &&
          query.has_key !== false,
      );
      return { count: found.length, results: found.slice(skip, skip + take) };
    },
    get: async ({ parameters }) => represent(await getKeyPair(db, parameters.kp_uuid)),
    delete: async ({ ctx, parameters }) => {
      const { id: kid } = await getKeyPair(db, parameters.kp_uuid);
      await inTransaction(db, changes, async (tx, publisher) => {
        const { algorithm } = await retireSigningKey(tx, publisher, vault, kid);
        await recordEvent(tx, modelEvent(ctx, 'secret_rotate', signingKeyModel(kid, algorithm)));
      });
    },
  });
}

const ALGORITHMS = { rsa: 'RS256', ecdsa: 'ES256', ed25519: 'EdDSA' } as const;

/** authentik's certificate generator; of what it asks, only the kind of key means something here. */
const generated = z
  .strictObject({
    common_name: lineOfText.min(1).max(255),
    subject_alt_name: lineOfText.optional(),
    validity_days: z.int(),
    alg: z.enum(['rsa', 'ecdsa', 'ed25519']).default('rsa'),
  })
  .meta({ title: 'CertificateGenerationRequest' });

function generateOperation(needs: Needs): Operation {
  return operation({
    id: 'crypto_certificatekeypairs_generate_create',
    method: 'POST',
    path: 'crypto/certificatekeypairs/generate/',
    summary: 'Make the next key of a kind; it signs in a day, or at once where there was none',
    guard: superuser,
    body: generated,
    answer: shape,
    handler: ({ ctx, body }) => rotate(needs, ctx, ALGORITHMS[body.alg], false),
  });
}

function rotateOperation(needs: Needs): Operation {
  return operation({
    id: 'crypto_certificatekeypairs_rotate_create',
    method: 'POST',
    path: 'crypto/certificatekeypairs/{kp_uuid}/rotate/',
    summary: 'Make the key that follows this one; it signs in a day, or at once',
    guard: superuser,
    parameters: key,
    body: z.strictObject({ immediate: z.boolean().default(false) }).meta({ title: 'KeyRotationRequest' }),
    answer: shape,
    handler: async ({ ctx, parameters, body }) => {
      const { algorithm } = await getKeyPair(needs.db, parameters.kp_uuid);
      if (!isSigningAlgorithm(algorithm)) throw new NotFound(NONE);
      return rotate(needs, ctx, algorithm, body.immediate);
    },
  });
}

function rotate({ db, changes, vault }: Needs, ctx: Context, algorithm: SigningAlgorithm, isUrgent: boolean) {
  return inTransaction(db, changes, async (tx, publisher) => {
    const isFirst = (await tx.signingKey.count({ where: { algorithm } })) === 0;
    const isImmediate = isUrgent || isFirst;
    const { id } = await rotateSigningKey(tx, publisher, vault, algorithm, { isImmediate });
    await recordEvent(tx, modelEvent(ctx, 'secret_rotate', signingKeyModel(id, algorithm)));
    return represent(await getKeyPair(tx, keyPairId(id)));
  });
}

const NONE = 'There is no such key.';

async function getKeyPair(db: Parameters<typeof listSigningKeys>[0], pk: string): Promise<PublicSigningKey> {
  const found = (await listSigningKeys(db)).find(({ id }) => keyPairId(id) === pk);
  if (!found) throw new NotFound(NONE);
  return found;
}

const KEY_TYPES: Readonly<Record<string, string>> = { RS256: 'rsa', ES256: 'ec', EdDSA: 'ed25519' };

function represent({ id, algorithm, activeAt, retiredAt }: PublicSigningKey): z.input<typeof shape> {
  const isDefault = algorithm === 'RS256';
  return {
    pk: keyPairId(id),
    name: isDefault ? DEFAULT_KEY_NAME : `Gatelodge ${algorithm} ${id.slice(0, 8)}`,
    cert_expiry: null,
    cert_subject: null,
    private_key_available: true,
    key_type: KEY_TYPES[algorithm] ?? algorithm,
    certificate_download_url: '',
    private_key_download_url: '',
    managed: isDefault ? 'goauthentik.io/crypto/jwt-managed' : null,
    kid: id,
    algorithm,
    active_at: activeAt,
    retired_at: retiredAt,
  };
}
