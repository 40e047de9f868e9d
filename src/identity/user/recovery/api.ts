// /api/v3/core/users/{id}/recovery/ and recovery_email/: administrators let somebody choose a new password, by a link
// that they hand over or by mail. And unlock/, which authentik does not have: it ends a lockout.
import { z } from 'zod';
import { recordAct } from '../../../operation/admin/audit.ts';
import { userModel } from '../../../operation/admin/model.ts';
import type { PrismaClient } from '../../../platform/database/generated/client.ts';
import type { Post } from '../../../platform/mail/post.ts';
import { int32 } from '../../../platform/problem/field.ts';
import { InvalidInput, Unavailable } from '../../../platform/problem/problem.ts';
import { recently, superuser } from '../../../platform/rest/credentials.ts';
import { type Operation, operation } from '../../../platform/rest/operation.ts';
import { liftLockout } from '../../../signin/session/lockout.ts';
import { mayRecoverByMail, writeRecoveryLetter } from '../../../signin/stage/recovery/recovery.ts';
import { issueRecoveryLink } from '../../../signin/stage/recovery-link/recovery-link.ts';
import { actorOf, modelEvent } from '../../event/actor.ts';
import { recordEvent } from '../../event/event.ts';
import { getUser, type User } from '../user.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly post: Post;
}

const key = z.object({ id: int32 });
/** authentik's lifetime of the link is not among what can be chosen here: half an hour, always. */
const ignored = { token_duration: z.string().optional() };

export function userRecoveryApi({ db, post }: Needs): Operation[] {
  return [
    operation({
      id: 'core_users_recovery_create',
      method: 'POST',
      path: 'core/users/{id}/recovery/',
      summary: 'Make a link to choose a new password',
      guard: recently(superuser),
      parameters: key,
      body: z.strictObject(ignored),
      answer: z.object({ link: z.string() }).meta({ title: 'Link' }),
      handler: async ({ ctx, parameters: { id } }) => {
        const user = await getUser(db, id);
        const path = await issueRecoveryLink(db, id);
        await recordEvent(db, modelEvent(ctx, 'secret_view', modelOf(user)));
        return { link: new URL(path, ctx.state.origin).href };
      },
    }),
    operation({
      id: 'core_users_recovery_email_create',
      method: 'POST',
      path: 'core/users/{id}/recovery_email/',
      summary: 'Mail a link to choose a new password',
      guard: recently(superuser),
      parameters: key,
      body: z.strictObject({ ...ignored, email_stage: z.string().optional() }),
      handler: async ({ ctx, parameters: { id } }) => {
        if (!post.isOpen) throw new Unavailable('Mails need SMTP_URL and GATELODGE_URL.');
        const user = await getUser(db, id);
        if (!mayRecoverByMail(user)) {
          throw new InvalidInput({
            non_field_errors: ['The user has no confirmed e-mail address, or is not active.'],
          });
        }
        const { clientAddress, requestId } = actorOf(ctx);
        await post.send(await writeRecoveryLetter(db, user, { clientAddress, requestId }));
      },
    }),
    operation({
      id: 'core_users_unlock_create',
      method: 'POST',
      path: 'core/users/{id}/unlock/',
      summary: 'Let the user try again at once after too many wrong passwords or codes',
      guard: superuser,
      parameters: key,
      handler: async ({ ctx, parameters: { id } }) => {
        const user = await getUser(db, id);
        await liftLockout(db, user);
        await recordAct(db, ctx, 'user_write', userModel(user), { lockout: 'lifted' });
      },
    }),
  ];
}

function modelOf({ id, username: label }: User) {
  return { app: 'identity.user', model_name: 'recovery_link', pk: id, name: label };
}
