// /if/user/devices/trusted/: an end to not being asked for the second factor. It makes an account safer, so it needs no
// fresh proof.
import { z } from 'zod';
import { getUser } from '../../../../identity/user/user.ts';
import type { Db } from '../../../../platform/database/database.ts';
import type { Context } from '../../../../platform/http/context.ts';
import { signedIn, viewerOf } from '../../../../platform/http/guard.ts';
import { type Answer, post, type Route, seeOther } from '../../../../platform/http/route.ts';
import { distrustDevices } from '../../../../signin/session/trusted-device.ts';
import { recordAct } from '../../../admin/audit.ts';
import { userModel } from '../../../admin/model.ts';

const ROOT = '/if/user/devices/';
const one = z.object({ id: z.uuid() });

export function trustedDeviceRoutes({ db }: { readonly db: Db }): Route[] {
  return [
    post(`${ROOT}trusted/forget/`, signedIn, z.object({}), (ctx) => forget(db, ctx)),
    post(`${ROOT}trusted/:id/forget/`, signedIn, one, (ctx, { id }) => forget(db, ctx, id)),
  ];
}

async function forget(db: Db, ctx: Context, id?: string): Promise<Answer> {
  const user = await getUser(db, viewerOf(ctx).userId);
  await distrustDevices(db, user.id, id);
  await recordAct(db, ctx, 'model_updated', userModel(user), { trustedDevice: id ?? 'all' });
  return seeOther(ROOT, 'portal.devices.trusted.forgotten');
}
