// /if/user/devices/: everybody's own second factors. Looking at the list needs a session; changing it needs proof no
// older than ten minutes, so that a browser left open cannot be made somebody else's key (contract §4).
import { z } from 'zod';
import { getUser } from '../../../identity/user/user.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Context } from '../../../platform/http/context.ts';
import { recentlySignedIn, signedIn, viewerOf } from '../../../platform/http/guard.ts';
import { type Answer, get, type Route, seeOther, post as submit } from '../../../platform/http/route.ts';
import type { Post } from '../../../platform/mail/post.ts';
import { int32 } from '../../../platform/problem/field.ts';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import type { Page } from '../../../platform/view/page.ts';
import { distrustDevices, listTrustedDevices } from '../../../signin/session/trusted-device.ts';
import { canMailCodes } from '../../../signin/stage/email-code/email-device.ts';
import { replaceRecoveryCodes } from '../../../signin/stage/recovery-code/recovery-code.ts';
import {
  DEVICE_KINDS,
  deleteDevice,
  getDevice,
  listDevices,
  renameDevice,
} from '../../../signin/stage/second-factor/device.ts';
import { describeTotpSecret } from '../../../signin/stage/totp/key-uri.ts';
import { beginTotp, confirmTotp, findPendingTotp } from '../../../signin/stage/totp/totp.ts';
import type { Ceremony } from '../../../signin/stage/webauthn/ceremony.ts';
import { registerCredential, registrationOptions } from '../../../signin/stage/webauthn/registration.ts';
import { rpIdOf } from '../../../signin/stage/webauthn/relying-party.ts';
import { registrationResponse } from '../../../signin/stage/webauthn/response.ts';
import { recordAct } from '../../admin/audit.ts';
import { userModel } from '../../admin/model.ts';
import {
  addPage,
  codesPage,
  devicePage,
  devicesPage,
  newCodesPage,
  newKeyPage,
  newTotpPage,
} from './views.ts';

interface Needs {
  readonly db: Db;
  readonly post: Pick<Post, 'isOpen'>;
  readonly changes: Publisher;
  readonly vault: Vault;
}

const ROOT = '/if/user/devices/';
const TOTP = `${ROOT}add/totp/`;
const KEY = `${ROOT}add/webauthn/`;
const CODES = `${ROOT}recovery-codes/`;
const ONE = `${ROOT}:kind/:id/`;

const name = z.string().trim().min(1).max(64);
const nothing = z.object({});
const firstCode = z.object({ name, code: z.string().trim().min(1).max(16) });
const newKey = z.object({ name, response: registrationResponse });
const one = z.object({ kind: z.enum(DEVICE_KINDS), id: int32 });
const renamed = one.extend({ name });

export function deviceRoutes(needs: Needs): Route[] {
  const oneAgain = {
    again: (ctx: Context, _: InvalidInput, typed: Typed) => showOne(needs, ctx, one.parse(typed)),
  };
  const totpAgain = { again: (ctx: Context) => showTotp(needs, ctx) };
  const keyAgain = { again: (ctx: Context) => showNewKey(needs, ctx) };
  return [
    get(ROOT, signedIn, nothing, (ctx) => showList(needs, ctx)),
    get(`${ROOT}add/`, recentlySignedIn, nothing, (ctx) => showAdd(needs, ctx)),
    submit(`${TOTP}begin/`, recentlySignedIn, nothing, (ctx) => begin(needs, ctx)),
    get(TOTP, recentlySignedIn, nothing, (ctx) => showTotp(needs, ctx)),
    submit(TOTP, recentlySignedIn, firstCode, (ctx, form) => confirm(needs, ctx, form), totpAgain),
    get(KEY, recentlySignedIn, nothing, (ctx) => showNewKey(needs, ctx)),
    submit(KEY, recentlySignedIn, newKey, (ctx, form) => register(needs, ctx, form), keyAgain),
    get(CODES, recentlySignedIn, nothing, (ctx) => showCodes(needs, ctx)),
    submit(CODES, recentlySignedIn, nothing, (ctx) => makeCodes(needs, ctx)),
    get(ONE, recentlySignedIn, one, (ctx, input) => showOne(needs, ctx, input)),
    submit(ONE, recentlySignedIn, renamed, (ctx, form) => rename(needs, ctx, form), oneAgain),
    submit(`${ONE}remove/`, recentlySignedIn, one, (ctx, input) => remove(needs, ctx, input)),
  ];
}

type Typed = Readonly<Record<string, unknown>>;

async function showList({ db }: Needs, ctx: Context): Promise<Page> {
  const { userId } = viewerOf(ctx);
  const trusted = await listTrustedDevices(db, userId);
  return devicesPage(ctx.state, await listDevices(db, userId), trusted, rpIdOf(ctx.state.origin));
}

async function showAdd({ db, post }: Needs, ctx: Context): Promise<Page> {
  const { userId } = viewerOf(ctx);
  const user = await getUser(db, userId);
  const { devices } = await listDevices(db, userId);
  const hasEmail = devices.some(({ kind }) => kind === 'email');
  const mayMail = !hasEmail && (await canMailCodes({ db, post }, userId));
  return addPage(ctx.state, mayMail ? user.email : null);
}

async function begin({ db, vault }: Needs, ctx: Context): Promise<Answer> {
  await beginTotp(db, vault, viewerOf(ctx).userId, ctx.state.t('signin.totp.defaultName'));
  return seeOther(TOTP);
}

async function showTotp({ db, vault }: Needs, ctx: Context) {
  const { userId, username } = viewerOf(ctx);
  const pending = await findPendingTotp(db, vault, userId);
  if (!pending) return seeOther(`${ROOT}add/`);
  return newTotpPage(ctx.state, describeTotpSecret(pending.secret, rpIdOf(ctx.state.origin), username));
}

async function confirm(needs: Needs, ctx: Context, form: z.output<typeof firstCode>): Promise<Answer> {
  const { db, vault } = needs;
  const { userId } = viewerOf(ctx);
  const pending = await findPendingTotp(db, vault, userId);
  if (!pending) return seeOther(`${ROOT}add/`);
  if (!(await confirmTotp(db, vault, userId, form.code))) {
    throw new InvalidInput({ code: [ctx.state.t('signin.totp.notConfirmed')] });
  }
  await renameDevice(db, userId, { kind: 'totp', id: pending.id }, form.name);
  return added(needs, ctx, form.name);
}

async function showNewKey(needs: Needs, ctx: Context): Promise<Page> {
  const user = await getUser(needs.db, viewerOf(ctx).userId);
  return newKeyPage(
    ctx.state,
    ctx.get('user-agent'),
    await registrationOptions(needs, ceremonyOf(ctx), user),
  );
}

async function register(needs: Needs, ctx: Context, form: z.output<typeof newKey>): Promise<Answer> {
  const key = { userId: viewerOf(ctx).userId, name: form.name, response: form.response };
  if (!(await registerCredential(needs, ceremonyOf(ctx), key))) {
    throw new InvalidInput({ non_field_errors: [ctx.state.t('signin.webauthn.notRegistered')] });
  }
  return added(needs, ctx, form.name);
}

/** Only this session's answer counts. */
function ceremonyOf(ctx: Context): Ceremony {
  const { userId, sessionId = '' } = viewerOf(ctx);
  return { origin: ctx.state.origin, purpose: `devices/${userId}/${sessionId}`, now: new Date() };
}

/** The first factor is the moment to make recovery codes: without them, a lost phone is a lost account. */
async function added({ db }: Needs, ctx: Context, device: string): Promise<Answer> {
  const user = await getUser(db, viewerOf(ctx).userId);
  await distrustDevices(db, user.id);
  await recordAct(db, ctx, 'model_created', userModel(user), { device });
  const { recoveryCodeCount } = await listDevices(db, user.id);
  return seeOther(recoveryCodeCount === 0 ? CODES : ROOT, 'portal.devices.added');
}

async function showCodes({ db }: Needs, ctx: Context): Promise<Page> {
  return codesPage(ctx.state, await listDevices(db, viewerOf(ctx).userId));
}

async function makeCodes({ db, changes }: Needs, ctx: Context): Promise<Answer> {
  const user = await getUser(db, viewerOf(ctx).userId);
  const { devices } = await listDevices(db, user.id);
  if (devices.length === 0) return seeOther(ROOT, 'portal.devices.factorFirst');
  const codes = await replaceRecoveryCodes(db, changes, user.id);
  await recordAct(db, ctx, 'model_updated', userModel(user), { recovery: 'a new set of codes' });
  return newCodesPage(ctx.state, codes, { host: rpIdOf(ctx.state.origin), username: user.username });
}

async function showOne({ db }: Needs, ctx: Context, which: z.output<typeof one>): Promise<Page> {
  return devicePage(ctx.state, await getDevice(db, viewerOf(ctx).userId, which));
}

async function rename({ db }: Needs, ctx: Context, form: z.output<typeof renamed>): Promise<Answer> {
  await renameDevice(db, viewerOf(ctx).userId, form, form.name);
  return seeOther(ROOT, 'portal.devices.renamed');
}

async function remove({ db }: Needs, ctx: Context, which: z.output<typeof one>): Promise<Answer> {
  const user = await getUser(db, viewerOf(ctx).userId);
  const { device } = await getDevice(db, user.id, which);
  await deleteDevice(db, user.id, which);
  await recordAct(db, ctx, 'model_deleted', userModel(user), { device: device.name });
  return seeOther(ROOT, 'portal.devices.removed');
}
