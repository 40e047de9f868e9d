// /if/admin/invitations/: administrators invite people, and decide whether anybody may come uninvited.
import { z } from 'zod';
import { recordAct } from '../../operation/admin/audit.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Db } from '../../platform/database/database.ts';
import { chosen } from '../../platform/http/choice.ts';
import type { Context } from '../../platform/http/context.ts';
import { administrator, viewerOf } from '../../platform/http/guard.ts';
import { type Answer, get, type Route, seeOther, post as submit } from '../../platform/http/route.ts';
import type { Post } from '../../platform/mail/post.ts';
import { Conflict } from '../../platform/problem/problem.ts';
import type { Page } from '../../platform/view/page.ts';
import { listGroups } from '../group/group.ts';
import { isEnrolmentOpen, setEnrolmentOpen } from '../installation/enrolment.ts';
import {
  createInvitation,
  deleteInvitation,
  getInvitation,
  type Invitation,
  invitationPath,
  listInvitations,
  tokenOf,
} from './invitation.ts';
import { createPage, detailPage, listPage, pathOf, ROOT } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly vault: Vault;
  readonly post: Post;
}

const ONE = `${ROOT}:hash/`;
const MAX_LISTED = 200;
const MAX_CHOICES = 500;
const DAY_MS = 24 * 60 * 60 * 1000;

const text = z.string().trim().default('');
const nothing = z.object({});
const one = z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) });
const opened = z.object({ is_open: z.literal('on').optional() });
const created = z.object({
  name: z.string().trim().min(1),
  username: text,
  full_name: text,
  email: text,
  uses: z.coerce.number().int().min(1).max(10_000),
  days: z.coerce.number().int().min(1).max(365),
  groups: chosen,
});

export function invitationRoutes(needs: Needs): Route[] {
  const again = {
    again: (ctx: Context, _: unknown, typed: Readonly<Record<string, unknown>>) =>
      showCreate(needs, ctx, typed),
  };
  return [
    get(ROOT, administrator, nothing, (ctx) => showList(needs, ctx)),
    submit(`${ROOT}enrolment/`, administrator, opened, (ctx, form) => openEnrolment(needs, ctx, form)),
    get(`${ROOT}create/`, administrator, nothing, (ctx) => showCreate(needs, ctx)),
    submit(`${ROOT}create/`, administrator, created, (ctx, form) => create(needs, ctx, form), again),
    get(ONE, administrator, one, (ctx, input) => showDetail(needs, ctx, input)),
    submit(`${ONE}mail/`, administrator, one, (ctx, input) => mail(needs, ctx, input)),
    submit(`${ONE}delete/`, administrator, one, (ctx, input) => remove(needs, ctx, input)),
  ];
}

type One = z.output<typeof one>;

async function showList({ db }: Needs, { state }: Context): Promise<Page> {
  const { results } = await listInvitations(db, { take: MAX_LISTED });
  return listPage(state, results, await isEnrolmentOpen(db));
}

async function openEnrolment({ db }: Needs, ctx: Context, form: z.output<typeof opened>): Promise<Answer> {
  const isOpen = form.is_open === 'on';
  await setEnrolmentOpen(db, isOpen);
  const model = { app: 'identity.installation', model_name: 'installation', pk: 1, name: 'enrolment' };
  await recordAct(db, ctx, 'model_updated', model, { isEnrolmentOpen: isOpen });
  return seeOther(ROOT, isOpen ? 'admin.invitations.isOpen' : 'admin.invitations.isClosed');
}

async function showCreate(
  { db }: Needs,
  ctx: Context,
  typed: Readonly<Record<string, unknown>> = {},
): Promise<Page> {
  const { results: groups } = await listGroups(db, { take: MAX_CHOICES });
  return createPage(ctx.state.t, groups, chosen.parse(typed.groups));
}

async function create({ db, vault }: Needs, ctx: Context, form: z.output<typeof created>): Promise<Answer> {
  const { name, username, full_name: fullName, email, uses: usesAllowed, groups: groupIds } = form;
  const expiresAt = new Date(Date.now() + form.days * DAY_MS);
  const fields = { name, username, fullName, email, usesAllowed, groupIds, expiresAt };
  const invitation = await createInvitation(db, vault, fields, viewerOf(ctx).userId);
  await recordAct(db, ctx, 'model_created', modelOf(invitation));
  return seeOther(pathOf(invitation), 'admin.invitations.created');
}

async function showDetail({ db, vault, post }: Needs, ctx: Context, { hash }: One): Promise<Page> {
  const invitation = await getInvitation(db, hash);
  const link = new URL(invitationPath(tokenOf(vault, invitation)), ctx.state.origin).href;
  return detailPage(ctx.state, invitation, { link, canMail: post.isOpen && invitation.email !== '' });
}

async function mail({ db, vault, post }: Needs, ctx: Context, { hash }: One): Promise<Answer> {
  const invitation = await getInvitation(db, hash);
  const { email, fullName, username } = invitation;
  if (email === '') throw new Conflict(ctx.state.t('admin.invitations.noEmail'));
  const path = invitationPath(tokenOf(vault, invitation));
  // In the administrator's language: whom they invite, they will speak to in it.
  const to = { email, name: fullName || username || email, language: ctx.state.language };
  await post.send({ kind: 'invitation', to, path, values: { host: new URL(ctx.state.origin).host } });
  await recordAct(db, ctx, 'email_sent', modelOf(invitation), { letter: 'invitation' });
  return seeOther(pathOf(invitation), 'admin.invitations.mailed');
}

async function remove({ db }: Needs, ctx: Context, { hash }: One): Promise<Answer> {
  const invitation = await getInvitation(db, hash);
  await deleteInvitation(db, hash);
  await recordAct(db, ctx, 'model_deleted', modelOf(invitation));
  return seeOther(ROOT, 'admin.invitations.deleted');
}

function modelOf({ name }: Invitation) {
  return { app: 'identity.invitation', model_name: 'invitation', pk: name, name };
}
