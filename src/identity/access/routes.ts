// Who may open an application, as administrators change it on the application's page.
import { z } from 'zod';
import { recordAct } from '../../operation/admin/audit.ts';
import { applicationModel } from '../../operation/admin/model.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Context } from '../../platform/http/context.ts';
import { administrator } from '../../platform/http/guard.ts';
import { type Answer, post, type Route, seeOther } from '../../platform/http/route.ts';
import { InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import type { Page } from '../../platform/view/page.ts';
import { getApplicationBySlug } from '../application/application.ts';
import { findUserByLogin } from '../user/user.ts';
import { type AccessBinding, createBinding, deleteBinding, getBinding } from './binding.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  /** The page on which these forms stand. */
  readonly showApplication: (ctx: Context, path: z.output<typeof named>) => Promise<Page>;
}

const ROOT = '/if/admin/applications/:application/bindings/';

const named = z.object({ application: z.string() });
const added = named.extend({
  group: z.uuid().optional(),
  username: z.string().trim().min(1).optional(),
});
const removed = named.extend({ binding: z.uuid() });

export function accessRoutes(needs: Needs): Route[] {
  return [
    post(ROOT, administrator, added, (ctx, input) => add(needs, ctx, input), {
      again: (ctx, _, typed) => needs.showApplication(ctx, named.parse(typed)),
    }),
    post(`${ROOT}:binding/delete/`, administrator, removed, (ctx, input) => remove(needs, ctx, input)),
  ];
}

async function add({ db, changes }: Needs, ctx: Context, input: z.output<typeof added>): Promise<Answer> {
  const application = await getApplicationBySlug(db, input.application);
  const path = `/if/admin/applications/${application.slug}/`;
  const user = input.username === undefined ? undefined : await findUserByLogin(db, input.username);
  if (input.username !== undefined && !user) throw new InvalidInput({ username: ['admin.users.unknown'] });
  const subject = { groupId: input.group ?? null, userId: user?.id ?? null };
  const isThere = await db.accessBinding.count({ where: { applicationId: application.id, ...subject } });
  if (isThere === 0) {
    const binding = await createBinding(db, changes, { applicationId: application.id, ...subject });
    await recordAct(db, ctx, 'model_updated', applicationModel(application), { opened_to: nameOf(binding) });
  }
  return seeOther(path, 'admin.applications.bindingAdded');
}

async function remove(
  { db, changes }: Needs,
  ctx: Context,
  input: z.output<typeof removed>,
): Promise<Answer> {
  const application = await getApplicationBySlug(db, input.application);
  const binding = await getBinding(db, input.binding);
  if (binding.applicationId !== application.id) throw new NotFound(ctx.state.t('problem.notFound'));
  await deleteBinding(db, changes, binding.id);
  await recordAct(db, ctx, 'model_updated', applicationModel(application), { closed_to: nameOf(binding) });
  return seeOther(`/if/admin/applications/${application.slug}/`, 'admin.applications.bindingRemoved');
}

function nameOf({ group, user }: AccessBinding): string {
  return group?.name ?? user?.username ?? '';
}
