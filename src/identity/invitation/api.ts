// /api/v3/stages/invitation/invitations/: links with which people make their own accounts, in authentik's form. The key
// is the token of the link, as there; only its hash is looked up.
import { z } from 'zod';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import { given } from '../../platform/database/columns.ts';
import type { Db } from '../../platform/database/database.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { viewerOf } from '../../platform/http/guard.ts';
import { text } from '../../platform/problem/field.ts';
import type { Operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import { modelEvent } from '../event/actor.ts';
import { recordEvent } from '../event/event.ts';
import { fieldsAfter, writableFields } from './fixed-data.ts';
import {
  createInvitation,
  deleteInvitation,
  getInvitation,
  type Invitation,
  listInvitations,
  replaceInvitation,
  tokenOf,
} from './invitation.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly vault: Vault;
}

const key = z.object({ invite_uuid: z.uuid() });

const creatorShape = z.object({
  pk: z.int(),
  username: z.string(),
  name: z.string(),
  is_active: z.boolean(),
  email: z.string(),
  uid: z.string(),
});

/** authentik shows who made an invitation, always; of somebody who is gone nothing is left but that. */
const NOBODY = { pk: 0, username: '', name: '', is_active: false, email: '', uid: '' };

const invitationShape = z.object({
  pk: z.uuid(),
  name: z.string(),
  expires: z.date().nullable(),
  fixed_data: z.record(z.string(), z.unknown()),
  created_by: creatorShape,
  single_use: z.boolean(),
  max_uses: z.int().nullable(),
  uses: z.int(),
  flow: z.null(),
  flow_obj: z.null(),
});

export function invitationApi({ db, vault }: Needs): Operation[] {
  return resource({
    path: 'stages/invitation/invitations',
    name: 'Invitation',
    key,
    shape: invitationShape,
    fields: writableFields,
    filters: z.object({ name: text.optional() }),
    ordering: { name: 'name', expires: 'expiresAt' },

    list: async ({ query, search, orderBy, skip, take }) => {
      const contains = { contains: search, mode: 'insensitive' as const };
      const where = { ...given({ name: query.name }), ...(search !== '' && { OR: [{ name: contains }] }) };
      const { count, results } = await listInvitations(db, { where, orderBy, skip, take });
      return { count, results: results.map((invitation) => represent(vault, invitation)) };
    },
    get: async ({ parameters }) => represent(vault, await getByToken(db, parameters)),
    create: async ({ ctx, body }) => {
      const invitation = await createInvitation(db, vault, fieldsAfter(body), viewerOf(ctx).userId);
      await recordEvent(db, modelEvent(ctx, 'model_created', modelOf(invitation)));
      return represent(vault, invitation);
    },
    update: async ({ ctx, parameters, body }) => {
      const before = await getByToken(db, parameters);
      const invitation = await replaceInvitation(db, before.tokenHash, fieldsAfter(body, before));
      await recordEvent(db, modelEvent(ctx, 'model_updated', modelOf(invitation)));
      return represent(vault, invitation);
    },
    delete: async ({ ctx, parameters }) => {
      const invitation = await getByToken(db, parameters);
      await deleteInvitation(db, invitation.tokenHash);
      await recordEvent(db, modelEvent(ctx, 'model_deleted', modelOf(invitation)));
    },
  });
}

function getByToken(db: Db, { invite_uuid: token }: z.output<typeof key>): Promise<Invitation> {
  return getInvitation(db, sha256Hex(token));
}

function represent(vault: Vault, invitation: Invitation): z.input<typeof invitationShape> {
  const { name, username, fullName, email, groups, createdBy, usesAllowed, uses, expiresAt } = invitation;
  const filledIn = {
    ...(username && { username }),
    ...(fullName && { name: fullName }),
    ...(email && { email }),
  };
  const groupIds = groups.map(({ group }) => group.id);
  return {
    pk: tokenOf(vault, invitation),
    name,
    expires: expiresAt,
    fixed_data: { ...filledIn, ...(groupIds.length > 0 && { groups: groupIds }) },
    created_by: createdBy ? { ...createdBy, pk: createdBy.id, is_active: createdBy.isActive } : NOBODY,
    single_use: usesAllowed === 1,
    max_uses: usesAllowed,
    uses,
    flow: null,
    flow_obj: null,
  };
}

/** Named by its name: its key is what opens it. */
function modelOf({ name }: Invitation) {
  return { app: 'identity.invitation', model_name: 'invitation', pk: name, name };
}
