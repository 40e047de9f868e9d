// A sign-in with a browser that the person has not used before is worth a mail: either it was they, or it was not.
import { addresseeOf } from '../../identity/user/addressee.ts';
import { getUser } from '../../identity/user/user.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Letter } from '../../platform/mail/letter.ts';
import { momentIn } from '../../platform/view/dates.ts';
import { describeDevice } from '../session/user-agent.ts';
import type { Run } from './run.ts';

/** The letter; undefined when its person has no address that is theirs for sure. */
export async function writeNewBrowserLetter(db: Db, run: Run, userId: number): Promise<Letter | undefined> {
  const user = await getUser(db, userId);
  if (user.email === '' || !user.emailVerified) return undefined;
  const to = addresseeOf(user);
  const values = {
    username: user.username,
    browser: describeDevice(run.client.userAgent) ?? run.client.userAgent.slice(0, 60),
    address: run.client.address,
    moment: momentIn(to.language ?? 'en')(run.now),
  };
  return { kind: 'newBrowser', to, values, path: '/if/user/sessions/' };
}
