// A form whose sender must first prove again who they are: it waits on a page of its own, and nothing typed is lost.
import { NotRecentlySignedIn } from '../problem/problem.ts';
import { type Page, page } from '../view/page.ts';
import type { Context } from './context.ts';
import { CSRF_FIELD } from './csrf.ts';
import { readBody, withoutSecrets } from './input.ts';
import type { Route } from './route.ts';
import { signInUrl } from './sign-in-url.ts';

/** The page that keeps the form, to be sent again; undefined for other refusals, and for what no page may hold (secrets). */
export async function waitingForm(
  ctx: Context,
  { method, protection = 'form' }: Route,
  refusal: unknown,
): Promise<Page | undefined> {
  if (!(refusal instanceof NotRecentlySignedIn) || method === 'GET' || protection !== 'form')
    return undefined;
  const { [CSRF_FIELD]: _token, ...typed } = await readBody(ctx);
  const kept = withoutSecrets(typed);
  if (Object.keys(kept).length < Object.keys(typed).length) return undefined;

  const { t } = ctx.state;
  const heading = t(`problem.heading.${refusal.code}`);
  const fields = Object.entries(kept).flatMap(([name, value]) =>
    [value].flat().map((each) => ({ name, value: each })),
  );
  const data = { heading, action: ctx.originalUrl, fields, signIn: signInUrl(ctx, refusal) };
  ctx.set('Cache-Control', 'no-store');
  ctx.state.log.info({ path: ctx.path, problem: refusal.code }, 'a form waits for proof');
  return page('problem/waiting-form', heading, data, refusal.status);
}
