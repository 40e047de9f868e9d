// Gatelodge with a mail server and an address of its own, and anna, who has a mailbox.
import { setPassword } from '../../../src/identity/user/password.ts';
import { createUser, type User } from '../../../src/identity/user/user.ts';
import type { Backend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { findFreePort } from '../../support/free-port.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { linkIn, MailSink } from '../../support/mail-sink.ts';
import type { Page } from '../../support/page.ts';
import { PASSWORD } from '../flow/signin-app.ts';

export const HOME = 'https://auth.example.test';
export const RECOVERY = '/if/flow/default-recovery-flow/';
export const NEW_PASSWORD = 'velvet harbour moss';

export interface MailboxApp extends Gatelodge {
  readonly sink: MailSink;
  readonly anna: User;
  createPerson(username: string): Promise<User>;
  /** A browser at the public address, through a reverse proxy. */
  browser(): Browser;
  /** Asks for a link in the name of somebody; the page that answers. */
  ask(login: string, browser?: Browser): Promise<Page>;
  /** The link that anna was mailed. */
  takeLink(): Promise<URL>;
  signIn(browser: Browser, login: string, password?: string): Promise<Page>;
  whoIs(browser: Browser): Promise<string | undefined>;
}

export async function startMailbox(backend: Backend): Promise<MailboxApp> {
  const sink = await MailSink.start();
  const listening = `127.0.0.1:${await findFreePort()}`;
  const environment = { SMTP_URL: sink.url, GATELODGE_URL: HOME, GATELODGE_LISTEN_HTTP: listening };
  const gatelodge = await startGatelodge({ ...backend, environment });
  const browser = () => gatelodge.browser({ origin: HOME, proxied: { [HOME]: `http://${listening}` } });
  const createPerson = async (username: string) => {
    const { db, changes, passwords } = gatelodge.deps;
    const user = await createUser(db, changes, { username, email: `${username}@example.test` });
    await setPassword(db, changes, passwords, user.id, PASSWORD);
    return user;
  };
  return {
    ...gatelodge,
    sink,
    anna: await createPerson('anna'),
    createPerson,
    browser,
    async api(method, path, body) {
      const page = await browser().request(method, `/api/v3${path}`, {
        headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: page.status, body: page.body === '' ? undefined : page.json() } as never;
    },
    async ask(login, asking = browser()) {
      const page = await asking.visit(RECOVERY);
      return page.form('form.stack').submit({ uid_field: login }, { follow: true });
    },
    takeLink: async () => linkIn(await sink.take('Choose a new password')),
    async signIn(signing, login, password = PASSWORD) {
      const page = await signing.visit('/if/flow/default-authentication-flow/');
      const typed = await page.form('form.stack').submit({ uid_field: login }, { follow: true });
      return typed.form('form.stack').submit({ password });
    },
    async whoIs(asked) {
      const answer = await asked.get('/api/v3/core/users/me/');
      return answer.status === 200 ? answer.json<{ user: { username: string } }>().user.username : undefined;
    },
    async stop() {
      await gatelodge.stop();
      await sink.stop();
    },
  };
}
