// /if/admin/keys/: the keys that tokens are signed with, as administrators see, rotate and retire them.
import { z } from 'zod';
import { recordAct } from '../../../operation/admin/audit.ts';
import { signingKeyModel } from '../../../operation/admin/model.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Context } from '../../../platform/http/context.ts';
import { administrator, recentAdministrator } from '../../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../../platform/http/route.ts';
import type { Page } from '../../../platform/view/page.ts';
import { countClientsByAlgorithm } from '../client.ts';
import { SIGNING_ALGORITHMS } from '../signing-algorithm.ts';
import { listSigningKeys } from '../signing-key.ts';
import { retireSigningKey } from './retirement.ts';
import { rotateSigningKey } from './rotation.ts';
import { keysPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly vault: Vault;
}

const ROOT = '/if/admin/keys/';

const nothing = z.object({});
const rotated = z.object({ algorithm: z.enum(SIGNING_ALGORITHMS) });
const retired = z.object({ kid: z.string() });

export function keyRoutes(needs: Needs): Route[] {
  return [
    get(ROOT, administrator, nothing, (ctx) => show(needs, ctx)),
    post(`${ROOT}rotate/`, recentAdministrator, rotated, (ctx, input) => rotate(needs, ctx, input)),
    post(`${ROOT}:kid/retire/`, recentAdministrator, retired, (ctx, input) => retire(needs, ctx, input)),
  ];
}

async function show({ db }: Needs, ctx: Context): Promise<Page> {
  return keysPage(ctx.state, await listSigningKeys(db), await countClientsByAlgorithm(db));
}

async function rotate(
  { db, changes, vault }: Needs,
  ctx: Context,
  { algorithm }: z.output<typeof rotated>,
): Promise<Answer> {
  const { id } = await rotateSigningKey(db, changes, vault, algorithm);
  await recordAct(db, ctx, 'secret_rotate', signingKeyModel(id, algorithm));
  return seeOther(ROOT, 'admin.keys.rotated');
}

async function retire(
  { db, changes, vault }: Needs,
  ctx: Context,
  { kid }: z.output<typeof retired>,
): Promise<Answer> {
  const { algorithm, successor } = await retireSigningKey(db, changes, vault, kid);
  const details = { retired: kid, ...(successor !== undefined && { successor }) };
  await recordAct(db, ctx, 'secret_rotate', signingKeyModel(kid, algorithm), details);
  return seeOther(ROOT, 'admin.keys.retired');
}
