// Gatelodge with two people in it, as the sign-in suites see it: anna and ben, both with PASSWORD.
import type { User } from '../../../src/identity/user/user.ts';
import { createSignInRequest, type NewSignInRequest } from '../../../src/signin/session/sign-in-request.ts';
import type { Backend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, type StartOptions, startGatelodge } from '../../support/gatelodge.ts';
import type { Page } from '../../support/page.ts';
import { createPersonWith, whoIs } from '../../support/person.ts';

export const SIGN_IN = '/if/flow/default-authentication-flow/';
export const SIGN_OUT = '/if/flow/default-invalidation-flow/';
export const SET_UP = '/if/flow/initial-setup/';
export const PASSWORD = 'correct horse battery';

export interface SignInApp extends Gatelodge {
  readonly anna: User;
  readonly ben: User;
  /** Walks through the two pages; the answer to the password, before its redirect is followed. */
  signIn(browser: Browser, login: string, password?: string, at?: string): Promise<Page>;
  /** What a protocol does: stores a request for this browser, and answers the address of its flow. */
  ask(browser: Browser, request: Partial<NewSignInRequest>): Promise<string>;
  /** Username of who is signed in; undefined for nobody. */
  whoIs(browser: Browser): Promise<string | undefined>;
}

/** Starts the real server on a backend's stores. */
export async function startSignIn(
  backend: Backend,
  options: Pick<StartOptions, 'isSetUp' | 'environment'> = {},
): Promise<SignInApp> {
  const gatelodge = await startGatelodge({ ...backend, ...options });
  const { db } = gatelodge.deps;
  return {
    ...gatelodge,
    anna: await createPersonWith(PASSWORD, gatelodge, { username: 'anna', name: 'Anna' }),
    ben: await createPersonWith(PASSWORD, gatelodge, { username: 'ben', name: 'Ben' }),
    async signIn(browser, login, password = PASSWORD, at = SIGN_IN) {
      const identification = await browser.visit(at);
      const typed = await identification.form().submit({ uid_field: login }, { follow: true });
      return typed.form().submit({ password });
    },
    async ask(browser, request) {
      const token = (await browser.cookie('gatelodge_browser')) ?? 'b'.repeat(43);
      await browser.cookies.setCookie(`gatelodge_browser=${token}; Path=/`, gatelodge.origin);
      const asked = {
        flow: 'default-authentication-flow',
        returnTo: '/landing/',
        ...request,
        browser: token,
      };
      return `${SIGN_IN}?request=${await createSignInRequest(db, asked)}`;
    },
    whoIs,
  };
}

/** However slow this machine is: what is blocked now stays so for a while. */
export async function holdLockouts({ deps }: Pick<SignInApp, 'deps'>): Promise<void> {
  const blockedUntil = new Date(Date.now() + 60_000);
  await deps.db.lockout.updateMany({ where: { blockedUntil: { not: null } }, data: { blockedUntil } });
}
