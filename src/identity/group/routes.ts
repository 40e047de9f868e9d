// /if/admin/groups/: administrators say who belongs together.
import { z } from 'zod';
import { recordAct } from '../../operation/admin/audit.ts';
import { groupModel } from '../../operation/admin/model.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Context } from '../../platform/http/context.ts';
import { administrator, recentAdministrator } from '../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../platform/http/route.ts';
import { int32 } from '../../platform/problem/field.ts';
import { InvalidInput } from '../../platform/problem/problem.ts';
import type { Page } from '../../platform/view/page.ts';
import { findUserByLogin, getUser, listUsers } from '../user/user.ts';
import { createGroup, deleteGroup, getGroup, listGroups, updateGroup } from './group.ts';
import { addUser, countMembers, removeUser } from './membership.ts';
import { detailPage, listPage, pathOf } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
}

const ROOT = '/if/admin/groups/';
const ONE = `${ROOT}:id/`;
const MAX_LISTED = 500;

const nothing = z.object({});
const name = z.string().trim().min(1);
const one = z.object({ id: z.uuid() });
const created = z.object({ name });
const edited = one.extend({
  name,
  is_superuser: z.literal('on').optional(),
  must_use_mfa: z.literal('on').optional(),
});
const added = one.extend({ username: z.string().trim().min(1) });
const removed = one.extend({ user: int32 });

export function groupRoutes(needs: Needs): Route[] {
  const listAgain = { again: (ctx: Context) => showList(needs, ctx) };
  const editAgain = {
    again: (_: Context, __: InvalidInput, typed: Readonly<Record<string, unknown>>) =>
      showDetail(needs, one.parse(typed)),
  };
  return [
    get(ROOT, administrator, nothing, (ctx) => showList(needs, ctx)),
    post(ROOT, administrator, created, (ctx, form) => create(needs, ctx, form), listAgain),
    get(ONE, administrator, one, (_, input) => showDetail(needs, input)),
    post(ONE, recentAdministrator, edited, (ctx, form) => edit(needs, ctx, form), editAgain),
    post(`${ONE}members/`, recentAdministrator, added, (ctx, form) => addMember(needs, ctx, form), editAgain),
    post(`${ONE}members/:user/delete/`, administrator, removed, (ctx, form) =>
      removeMember(needs, ctx, form),
    ),
    post(`${ONE}delete/`, administrator, one, (ctx, input) => remove(needs, ctx, input)),
  ];
}

type One = z.output<typeof one>;

async function showList({ db }: Needs, ctx: Context): Promise<Page> {
  const { results } = await listGroups(db, { take: MAX_LISTED });
  return listPage(ctx.state.t, results, await countMembers(db));
}

async function create({ db, changes }: Needs, ctx: Context, form: z.output<typeof created>): Promise<Answer> {
  const group = await createGroup(db, changes, form);
  await recordAct(db, ctx, 'model_created', groupModel(group));
  return seeOther(pathOf(group), 'admin.groups.created');
}

async function showDetail({ db }: Needs, { id }: One): Promise<Page> {
  const group = await getGroup(db, id);
  const where = { memberships: { some: { groupId: id } } };
  return detailPage(group, (await listUsers(db, { where, take: MAX_LISTED })).results);
}

async function edit({ db, changes }: Needs, ctx: Context, form: z.output<typeof edited>): Promise<Answer> {
  const isSuperuser = form.is_superuser === 'on';
  const mustUseMfa = form.must_use_mfa === 'on';
  const group = await updateGroup(db, changes, form.id, { name: form.name, isSuperuser, mustUseMfa });
  await recordAct(db, ctx, 'model_updated', groupModel(group), { is_superuser: isSuperuser, mustUseMfa });
  return seeOther(pathOf(group), 'admin.groups.saved');
}

async function addMember(
  { db, changes }: Needs,
  ctx: Context,
  form: z.output<typeof added>,
): Promise<Answer> {
  const group = await getGroup(db, form.id);
  const user = await findUserByLogin(db, form.username);
  if (!user) throw new InvalidInput({ username: ['admin.users.unknown'] });
  await addUser(db, changes, group.id, user.id);
  await recordAct(db, ctx, 'model_updated', groupModel(group), { added: user.username });
  return seeOther(pathOf(group), 'admin.groups.memberAdded');
}

async function removeMember(
  { db, changes }: Needs,
  ctx: Context,
  form: z.output<typeof removed>,
): Promise<Answer> {
  const group = await getGroup(db, form.id);
  const user = await getUser(db, form.user);
  await removeUser(db, changes, group.id, user.id);
  await recordAct(db, ctx, 'model_updated', groupModel(group), { removed: user.username });
  return seeOther(pathOf(group), 'admin.groups.memberRemoved');
}

async function remove({ db, changes }: Needs, ctx: Context, { id }: One): Promise<Answer> {
  const group = await getGroup(db, id);
  await deleteGroup(db, changes, id);
  await recordAct(db, ctx, 'model_deleted', groupModel(group));
  return seeOther(ROOT, 'admin.groups.deleted');
}
