// /if/user/profile/: what people may say about themselves: their name, how they want to see Gatelodge, and, confirmed by
// a link, their e-mail address.
import { z } from 'zod';
import { groupsOfUser } from '../../../identity/group/membership.ts';
import { preferencesOf, setPreferences, THEMES } from '../../../identity/user/preferences.ts';
import { getUser, updateUser } from '../../../identity/user/user.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { PrismaClient } from '../../../platform/database/generated/client.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import type { Context } from '../../../platform/http/context.ts';
import { recentlySignedIn, signedIn, viewerOf } from '../../../platform/http/guard.ts';
import { type Answer, get, type Route, seeOther, post as submit } from '../../../platform/http/route.ts';
import type { Post } from '../../../platform/mail/post.ts';
import type { Page } from '../../../platform/view/page.ts';
import type { Texts } from '../../../platform/view/texts.ts';
import { writeConfirmationLetter } from '../../../signin/stage/email-confirmation/email-confirmation.ts';
import { recordAct } from '../../admin/audit.ts';
import { userModel } from '../../admin/model.ts';
import { emailPage, profilePage } from './views.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
  readonly post: Post;
  readonly texts: Texts;
}

const PATH = '/if/user/profile/';
const EMAIL = `${PATH}email/`;
const nothing = z.object({});
const emailed = z.object({ email: z.email().max(254) });

export function profileRoutes(needs: Needs): Route[] {
  const { texts } = needs;
  const told = z.object({
    name: z.string().trim().max(255),
    language: z.enum(['', ...texts.languages]),
    theme: z.enum(['', ...THEMES]),
  });
  return [
    get(PATH, signedIn, nothing, (ctx) => showProfile(needs, ctx)),
    submit(PATH, signedIn, told, (ctx, form) => tell(needs, ctx, form), {
      again: (ctx) => showProfile(needs, ctx),
    }),
    get(EMAIL, recentlySignedIn, nothing, (ctx) => showEmail(needs, ctx)),
    submit(EMAIL, recentlySignedIn, emailed, (ctx, form) => changeEmail(needs, ctx, form), {
      again: (ctx) => showEmail(needs, ctx),
    }),
  ];
}

async function showProfile({ db, texts }: Needs, ctx: Context): Promise<Page> {
  const { userId } = viewerOf(ctx);
  const [user, groups] = [await getUser(db, userId), await groupsOfUser(db, userId)];
  return profilePage(ctx.state.t, {
    user,
    groups,
    preferences: preferencesOf(user),
    languages: texts.languages,
  });
}

interface Told {
  readonly name: string;
  readonly language: string;
  readonly theme: '' | (typeof THEMES)[number];
}

async function tell({ db, changes }: Needs, ctx: Context, { name, language, theme }: Told): Promise<Answer> {
  const { userId } = viewerOf(ctx);
  const user = await inTransaction(db, changes, async (tx, publisher) => {
    await setPreferences(tx, publisher, userId, {
      language: language || undefined,
      theme: theme || undefined,
    });
    return updateUser(tx, publisher, userId, { name });
  });
  await recordAct(db, ctx, 'user_write', userModel(user), { fields: ['name', 'settings'] });
  return seeOther(PATH, 'portal.profile.saved');
}

async function showEmail({ db, post }: Needs, ctx: Context): Promise<Page> {
  return emailPage(ctx.state.t, await getUser(db, viewerOf(ctx).userId), post.isOpen);
}

/** Where mails can be sent, the new address counts once its link is followed; elsewhere at once, and unconfirmed. */
async function changeEmail(
  { db, changes, post }: Needs,
  ctx: Context,
  { email }: { email: string },
): Promise<Answer> {
  const user = await getUser(db, viewerOf(ctx).userId);
  if (email === user.email && user.emailVerified) return seeOther(PATH);
  if (post.isOpen) {
    await post.send(await writeConfirmationLetter(db, user, email));
    await recordAct(db, ctx, 'email_sent', userModel(user), { letter: 'confirmEmail', email });
    return seeOther(PATH, 'portal.profile.confirmationSent');
  }
  await updateUser(db, changes, user.id, { email, emailVerified: false });
  await recordAct(db, ctx, 'user_write', userModel(user), { fields: ['email'] });
  return seeOther(PATH, 'portal.profile.saved');
}
