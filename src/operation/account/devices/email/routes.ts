// /if/user/devices/add/email/: codes by e-mail as a second factor; they count once one has arrived.
import { z } from 'zod';
import { getUser } from '../../../../identity/user/user.ts';
import type { Vault } from '../../../../platform/crypto/vault.ts';
import type { Db } from '../../../../platform/database/database.ts';
import type { Context } from '../../../../platform/http/context.ts';
import { recentlySignedIn, viewerOf } from '../../../../platform/http/guard.ts';
import { type Answer, get, type Route, seeOther, post as submit } from '../../../../platform/http/route.ts';
import type { Post } from '../../../../platform/mail/post.ts';
import { Conflict, InvalidInput } from '../../../../platform/problem/problem.ts';
import { distrustDevices } from '../../../../signin/session/trusted-device.ts';
import {
  type CodePurpose,
  isEmailCodeOpen,
  redeemEmailCode,
} from '../../../../signin/stage/email-code/email-code.ts';
import {
  addEmailDevice,
  canMailCodes,
  forgiveSending,
  sendEmailCode,
} from '../../../../signin/stage/email-code/email-device.ts';
import { listDevices } from '../../../../signin/stage/second-factor/device.ts';
import { recordAct } from '../../../admin/audit.ts';
import { userModel } from '../../../admin/model.ts';
import { newEmailPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly vault: Vault;
  readonly post: Post;
}

const ROOT = '/if/user/devices/';
const PATH = `${ROOT}add/email/`;
const nothing = z.object({});
const typed = z.object({ code: z.string().trim().min(1).max(16) });

export function emailDeviceRoutes(needs: Needs): Route[] {
  const again = { again: (ctx: Context) => show(needs, ctx) };
  return [
    submit(`${PATH}begin/`, recentlySignedIn, nothing, (ctx) => begin(needs, ctx)),
    get(PATH, recentlySignedIn, nothing, (ctx) => show(needs, ctx)),
    submit(PATH, recentlySignedIn, typed, (ctx, form) => confirm(needs, ctx, form), again),
  ];
}

/** Only this session's code counts. */
function purposeOf(ctx: Context): CodePurpose {
  const { userId, sessionId = '' } = viewerOf(ctx);
  return { userId, purpose: `devices/${sessionId}` };
}

async function begin(needs: Needs, ctx: Context): Promise<Answer> {
  const { t, clientAddress } = ctx.state;
  const which = purposeOf(ctx);
  if (!(await canMailCodes(needs, which.userId))) throw new Conflict(t('portal.devices.email.cannot'));
  const isSent = await sendEmailCode(needs, which, clientAddress);
  return seeOther(PATH, isSent ? undefined : 'signin.emailCode.tooManySent');
}

async function show({ db }: Needs, ctx: Context) {
  const which = purposeOf(ctx);
  if (!(await isEmailCodeOpen(db, which))) return seeOther(`${ROOT}add/`);
  return newEmailPage(ctx.state.t, (await getUser(db, which.userId)).email);
}

async function confirm({ db, vault }: Needs, ctx: Context, form: z.output<typeof typed>): Promise<Answer> {
  const { t, clientAddress } = ctx.state;
  const which = purposeOf(ctx);
  if (!(await redeemEmailCode(db, vault, which, form.code))) {
    throw new InvalidInput({ code: [t('signin.emailCode.refused')] });
  }
  await forgiveSending(db, which, clientAddress);
  await addEmailDevice(db, which.userId, t('signin.emailCode.defaultName'));
  await distrustDevices(db, which.userId);
  const user = await getUser(db, which.userId);
  await recordAct(db, ctx, 'model_created', userModel(user), { device: t('signin.emailCode.defaultName') });
  const { recoveryCodeCount } = await listDevices(db, user.id);
  return seeOther(recoveryCodeCount === 0 ? `${ROOT}recovery-codes/` : ROOT, 'portal.devices.added');
}
