// People as the suites make and meet them where the rules are at hand; over HTTP, api-client.ts does.
import { setPassword } from '../../src/identity/user/password.ts';
import { createUser, type User } from '../../src/identity/user/user.ts';
import type { Browser } from './browser.ts';
import type { Gatelodge } from './gatelodge.ts';

/** Makes somebody who can sign in with the password. */
export async function createPersonWith(
  password: string,
  { deps: { db, changes, passwords } }: Pick<Gatelodge, 'deps'>,
  fields: Parameters<typeof createUser>[2],
): Promise<User> {
  const user = await createUser(db, changes, fields);
  await setPassword(db, changes, passwords, user.id, password);
  return user;
}

/** Username of who is signed in; undefined for nobody. */
export async function whoIs(browser: Browser): Promise<string | undefined> {
  const answer = await browser.get('/api/v3/core/users/me/');
  return answer.status === 200 ? answer.json<{ user: { username: string } }>().user.username : undefined;
}
