// Gatelodge with a mail server and an address of its own, and anna, who has a mailbox.
import type { User } from '../../../src/identity/user/user.ts';
import type { Backend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { findFreePort } from '../../support/free-port.ts';
import { callApi, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { linkIn, MailSink } from '../../support/mail-sink.ts';
import type { Page } from '../../support/page.ts';
import { createPersonWith, whoIs } from '../../support/person.ts';
import { PASSWORD } from '../flow/signin-app.ts';

export const HOME = 'https://auth.example.test';
export const RECOVERY = '/if/flow/default-recovery-flow/';
export const NEW_PASSWORD = 'velvet harbour moss';

export interface MailboxApp extends Gatelodge {
  readonly sink: MailSink;
  readonly anna: User;
  createPerson(username: string): Promise<User>;
  /** Forgets all lockouts and letters, and makes somebody of whom nothing is known. */
  startAfresh(): Promise<User>;
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
  const createPerson = (username: string) =>
    createPersonWith(PASSWORD, gatelodge, { username, email: `${username}@example.test` });
  let afresh = 0;
  return {
    ...gatelodge,
    sink,
    anna: await createPerson('anna'),
    createPerson,
    async startAfresh() {
      await gatelodge.deps.db.lockout.deleteMany();
      await gatelodge.deps.post.close();
      sink.received.length = 0;
      afresh += 1;
      return createPerson(`reader-${afresh}`);
    },
    browser,
    api: (method, path, body) => callApi(browser(), method, path, body),
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
    whoIs,
    async stop() {
      await gatelodge.stop();
      await sink.stop();
    },
  };
}
