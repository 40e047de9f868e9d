// /if/admin/users/: administrators make people, let them in and keep them out.
import { z } from 'zod';
import { recordAct } from '../../operation/admin/audit.ts';
import { userModel } from '../../operation/admin/model.ts';
import type { PasswordHasher } from '../../platform/crypto/password-hash.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { chosen } from '../../platform/http/choice.ts';
import type { Context } from '../../platform/http/context.ts';
import { administrator, recentAdministrator } from '../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../platform/http/route.ts';
import { int32 } from '../../platform/problem/field.ts';
import type { InvalidInput } from '../../platform/problem/problem.ts';
import type { Page } from '../../platform/view/page.ts';
import { distrustDevices, listTrustedDevices } from '../../signin/session/trusted-device.ts';
import { countFactors, deleteFactors } from '../../signin/stage/second-factor/factor.ts';
import { type Group, listGroups } from '../group/group.ts';
import { setGroupsOfUser } from '../group/membership.ts';
import { setPassword } from './password.ts';
import { MAX_PASSWORD, refuseWeakPassword } from './password-rules.ts';
import { createUser, deleteUser, getUser, listUsers, updateUser } from './user.ts';
import { createPage, detailPage, listPage, pathOf } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly passwords: PasswordHasher;
  readonly sessions: {
    list(userId: number): Promise<readonly unknown[]>;
    endAllOf(userId: number, exceptId?: string): Promise<void>;
  };
}

const ROOT = '/if/admin/users/';
const ONE = `${ROOT}:id/`;
const MAX_LISTED = 200;
const MAX_CHOICES = 500;

const text = z.string().trim().default('');
const switched = z
  .literal('on')
  .optional()
  .transform((value) => value === 'on');

const nothing = z.object({});
const searched = z.object({ search: text });
const one = z.object({ id: int32 });
const created = z.object({
  username: z.string().trim().min(1),
  name: text,
  email: text,
  password: z.string().max(MAX_PASSWORD).default(''),
  groups: chosen,
});
const edited = one.extend({
  username: z.string().trim().min(1),
  name: text,
  email: text,
  email_verified: switched,
  is_active: switched,
  groups: chosen,
});
const withPassword = one.extend({ password: z.string().min(1).max(MAX_PASSWORD) });

export function userRoutes(needs: Needs): Route[] {
  const createAgain = {
    again: (ctx: Context, _: InvalidInput, typed: Typed) => showCreate(needs, ctx, typed),
  };
  const editAgain = {
    again: (ctx: Context, _: InvalidInput, typed: Typed) => showDetail(needs, ctx, one.parse(typed), typed),
  };
  return [
    get(ROOT, administrator, searched, (ctx, input) => showList(needs, ctx, input)),
    get(`${ROOT}create/`, administrator, nothing, (ctx) => showCreate(needs, ctx)),
    post(`${ROOT}create/`, administrator, created, (ctx, form) => create(needs, ctx, form), createAgain),
    get(ONE, administrator, one, (ctx, input) => showDetail(needs, ctx, input)),
    post(ONE, recentAdministrator, edited, (ctx, form) => edit(needs, ctx, form), editAgain),
    post(`${ONE}password/`, recentAdministrator, withPassword, (ctx, form) =>
      changePassword(needs, ctx, form),
    ),
    post(`${ONE}end-sessions/`, administrator, one, (ctx, input) => endSessions(needs, ctx, input)),
    post(`${ONE}distrust/`, administrator, one, (ctx, input) => distrust(needs, ctx, input)),
    post(`${ONE}remove-factors/`, recentAdministrator, one, (ctx, input) => removeFactors(needs, ctx, input)),
    post(`${ONE}delete/`, recentAdministrator, one, (ctx, input) => remove(needs, ctx, input)),
  ];
}

type One = z.output<typeof one>;
type Typed = Readonly<Record<string, unknown>>;

async function showList({ db }: Needs, ctx: Context, { search }: z.output<typeof searched>): Promise<Page> {
  const contains = { contains: search, mode: 'insensitive' } as const;
  const where = { OR: [{ username: contains }, { name: contains }, { email: contains }] };
  const users = await listUsers(db, { where, take: MAX_LISTED });
  return listPage(ctx.state.t, ctx.state.language, users, search);
}

async function showCreate({ db }: Needs, ctx: Context, typed: Typed = {}): Promise<Page> {
  return createPage(ctx.state.t, await groupsToChoose(db), chosen.parse(typed.groups));
}

async function create(needs: Needs, ctx: Context, form: z.output<typeof created>): Promise<Answer> {
  const { db, changes, passwords } = needs;
  const { username, name, email } = form;
  if (form.password !== '') await refuseWeakPassword(form.password, form);
  const user = await inTransaction(db, changes, async (tx, publisher) => {
    const made = await createUser(tx, publisher, { username, name, email });
    if (form.groups.length > 0) await setGroupsOfUser(tx, publisher, made.id, form.groups);
    return made;
  });
  // Not inside the transaction: hashing takes its time, and the embedded database has one connection.
  if (form.password !== '') await setPassword(db, changes, passwords, user.id, form.password);
  await recordAct(db, ctx, 'model_created', userModel(user));
  return seeOther(pathOf(user), 'admin.users.created');
}

async function showDetail({ db, sessions }: Needs, ctx: Context, { id }: One, typed?: Typed): Promise<Page> {
  const user = await getUser(db, id);
  const groups = await groupsToChoose(db);
  const own = await listGroups(db, { where: { memberships: { some: { userId: id } } }, take: MAX_CHOICES });
  return detailPage(ctx.state.t, {
    user,
    groups,
    chosen: typed ? chosen.parse(typed.groups) : own.results.map((group) => group.id),
    sessionCount: (await sessions.list(id)).length,
    factorCount: await countFactors(db, id),
    trustedCount: (await listTrustedDevices(db, id)).length,
  });
}

async function edit(needs: Needs, ctx: Context, form: z.output<typeof edited>): Promise<Answer> {
  const { db, changes, sessions } = needs;
  const { id, username, name, email, email_verified: emailVerified, is_active: isActive } = form;
  const user = await inTransaction(db, changes, async (tx, publisher) => {
    await setGroupsOfUser(tx, publisher, id, form.groups);
    return updateUser(tx, publisher, id, { username, name, email, emailVerified, isActive });
  });
  if (!isActive) await sessions.endAllOf(id);
  await recordAct(db, ctx, 'model_updated', userModel(user));
  return seeOther(pathOf(user), 'admin.users.saved');
}

async function changePassword(
  needs: Needs,
  ctx: Context,
  form: z.output<typeof withPassword>,
): Promise<Answer> {
  const { db, changes, passwords, sessions } = needs;
  const user = await getUser(db, form.id);
  await setPassword(db, changes, passwords, user.id, form.password);
  // Whoever was signed in with the old password is not any more; the administrator's own session may stay.
  await sessions.endAllOf(user.id, ctx.state.viewer?.sessionId);
  await recordAct(db, ctx, 'password_set', userModel(user));
  return seeOther(pathOf(user), 'admin.users.passwordSet');
}

async function endSessions({ db, sessions }: Needs, ctx: Context, { id }: One): Promise<Answer> {
  const user = await getUser(db, id);
  await sessions.endAllOf(id);
  await recordAct(db, ctx, 'logout', userModel(user));
  return seeOther(pathOf(user), 'admin.users.sessionsEnded');
}

async function distrust({ db }: Needs, ctx: Context, { id }: One): Promise<Answer> {
  const user = await getUser(db, id);
  await distrustDevices(db, id);
  await recordAct(db, ctx, 'model_updated', userModel(user), { trustedDevice: 'all' });
  return seeOther(pathOf(user), 'admin.users.distrusted');
}

/** For whoever has lost the phone and the recovery codes: from then on the password alone opens the account. */
async function removeFactors({ db, changes }: Needs, ctx: Context, { id }: One): Promise<Answer> {
  const user = await getUser(db, id);
  const count = await deleteFactors(db, changes, id);
  await recordAct(db, ctx, 'model_updated', userModel(user), { removedFactors: count });
  return seeOther(pathOf(user), 'admin.users.factorsRemoved');
}

async function remove({ db, changes, sessions }: Needs, ctx: Context, { id }: One): Promise<Answer> {
  const user = await getUser(db, id);
  await deleteUser(db, changes, id);
  await sessions.endAllOf(id);
  await recordAct(db, ctx, 'model_deleted', userModel(user));
  return seeOther(ROOT, 'admin.users.deleted');
}

async function groupsToChoose(db: Db): Promise<Group[]> {
  return (await listGroups(db, { take: MAX_CHOICES })).results;
}
