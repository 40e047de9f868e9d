// /api/v3/authenticators/: everybody's own second factors, and under admin/ those of all. They are looked at, renamed and
// removed here; setting one up takes its owner and a browser. With a session, changes need proof of the last ten minutes.
import { z } from 'zod';
import { findUser, getUser, listUsers, type User } from '../../../identity/user/user.ts';
import { recordAct } from '../../../operation/admin/audit.ts';
import { userModel } from '../../../operation/admin/model.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import type { Context } from '../../../platform/http/context.ts';
import { type Guard, viewerOf } from '../../../platform/http/guard.ts';
import { int32, text } from '../../../platform/problem/field.ts';
import { NotFound } from '../../../platform/problem/problem.ts';
import { authenticated, recently, superuser } from '../../../platform/rest/credentials.ts';
import { type Operation, operation } from '../../../platform/rest/operation.ts';
import { resource } from '../../../platform/rest/resource.ts';
import {
  DEVICE_KINDS,
  type DeviceKind,
  deleteDevice,
  findDevices,
  type OwnedDevice,
  renameDevice,
} from './device.ts';
import {
  anyDeviceShape,
  deviceShapes,
  MODELS,
  representAny,
  representCodes,
  representDevice,
  staticShape,
} from './representation.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
}

/** Whose factors are meant: one's own, or everybody's. */
interface Scope {
  readonly path: string;
  readonly prefix: string;
  readonly guard: Guard;
  ownerOf(ctx: Context): number | undefined;
}

const SCOPES: readonly Scope[] = [
  { path: 'authenticators', prefix: '', guard: authenticated, ownerOf: (ctx) => viewerOf(ctx).userId },
  { path: 'authenticators/admin', prefix: 'Admin', guard: superuser, ownerOf: () => undefined },
];

const key = z.object({ id: int32 });
const fields = z.strictObject({ name: z.string().trim().min(1).max(64) });
const filters = z.object({ name: text.optional() });

export function authenticatorApi(needs: Needs): Operation[] {
  return [
    ...listsOfAll(needs),
    ...SCOPES.flatMap((scope) => [
      ...DEVICE_KINDS.flatMap((kind) => devicesOfKind(needs, scope, kind)),
      ...recoveryCodes(needs, scope),
    ]),
  ];
}

function listsOfAll({ db }: Needs): Operation[] {
  const answer = z.array(anyDeviceShape);
  const listed = async (userId: number) => {
    const found = await Promise.all(DEVICE_KINDS.map((kind) => findDevices(db, kind, { userId })));
    return found.flatMap(({ results }) => results.map(representAny));
  };
  return [
    operation({
      id: 'authenticators_all_list',
      method: 'GET',
      path: 'authenticators/all/',
      summary: 'All second factors of the caller',
      guard: authenticated,
      answer,
      handler: ({ ctx }) => listed(viewerOf(ctx).userId),
    }),
    operation({
      id: 'authenticators_admin_all_list',
      method: 'GET',
      path: 'authenticators/admin/all/',
      summary: 'All second factors of a user',
      guard: superuser,
      query: z.object({ user: int32.optional() }),
      answer,
      handler: ({ ctx, query }) => listed(query.user ?? viewerOf(ctx).userId),
    }),
  ];
}

function devicesOfKind({ db, changes }: Needs, scope: Scope, kind: DeviceKind): Operation[] {
  const find = async (ctx: Context, id: number, tx = db): Promise<OwnedDevice> => {
    const { results } = await findDevices(tx, kind, { id, userId: scope.ownerOf(ctx) });
    if (!results[0]) throw new NotFound('There is no such device.');
    return results[0];
  };
  return resource({
    path: `${scope.path}/${kind}`,
    name: `${scope.prefix}${MODELS[kind].name}`,
    key,
    shape: deviceShapes[kind],
    fields,
    filters,
    guards: { read: scope.guard, write: recently(scope.guard) },

    list: async ({ ctx, query, skip, take }) => {
      const filter = { name: query.name, userId: scope.ownerOf(ctx) };
      const { count, results } = await findDevices(db, kind, filter, { skip, take });
      return { count, results: results.map(representDevice) };
    },
    get: async ({ ctx, parameters }) => representDevice(await find(ctx, parameters.id)),
    update: ({ ctx, parameters: { id }, body }) =>
      inTransaction(db, changes, async (tx) => {
        const { owner, name } = await find(ctx, id, tx);
        await renameDevice(tx, owner.id, { kind, id }, body.name ?? name);
        await recordAct(tx, ctx, 'model_updated', userModel(owner), { device: body.name ?? name });
        return representDevice(await find(ctx, id, tx));
      }),
    delete: ({ ctx, parameters: { id } }) =>
      inTransaction(db, changes, async (tx) => {
        const { owner, name } = await find(ctx, id, tx);
        await deleteDevice(tx, owner.id, { kind, id });
        await recordAct(tx, ctx, 'model_deleted', userModel(owner), { device: name });
      }),
  });
}

/** A set goes by the number of its owner; it can be taken away as a whole, and is replaced in a browser. */
function recoveryCodes({ db }: Needs, scope: Scope): Operation[] {
  const codes = { recoveryCodes: { some: { usedAt: null } } };
  const find = async (ctx: Context, id: number): Promise<User> => {
    const ownerId = scope.ownerOf(ctx) ?? id;
    const has = await db.recoveryCode.count({ where: { userId: id, usedAt: null } });
    const owner = has > 0 && ownerId === id ? await findUser(db, id) : undefined;
    if (!owner) throw new NotFound('There is no such device.');
    return owner;
  };
  return resource({
    path: `${scope.path}/static`,
    name: `${scope.prefix}${MODELS.static.name}`,
    key,
    shape: staticShape,
    fields,
    guards: { read: scope.guard, write: recently(scope.guard) },

    list: async ({ ctx, skip, take }) => {
      const id = scope.ownerOf(ctx);
      const where = { ...codes, ...(id !== undefined && { id }) };
      const { count, results } = await listUsers(db, { where, skip, take });
      return { count, results: results.map(representCodes) };
    },
    get: async ({ ctx, parameters }) => representCodes(await find(ctx, parameters.id)),
    delete: async ({ ctx, parameters }) => {
      const { id } = await find(ctx, parameters.id);
      await db.recoveryCode.deleteMany({ where: { userId: id } });
      await recordAct(db, ctx, 'model_deleted', userModel(await getUser(db, id)), {
        device: 'recovery codes',
      });
    },
  });
}
