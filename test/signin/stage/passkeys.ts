// Somebody at Chromium with a virtual authenticator (CDP, domain WebAuthn), which keeps passkeys as a phone does and can
// be told to fail: not to recognise its owner, or to be a copy of itself.
import type { CDPSession, Page } from 'playwright-core';
import type { Chromium, Visitor } from '../../support/chromium.ts';
import { PASSWORD, SIGN_IN } from '../flow/signin-app.ts';

interface Credential {
  readonly credentialId: string;
  readonly privateKey: string;
  readonly signCount: number;
  readonly rpId?: string;
  readonly userHandle?: string;
  readonly isResidentCredential: boolean;
}

export interface Authenticator {
  credentials(): Promise<Credential[]>;
  /** Whether its owner touches it when it is asked from now on; at first they do. */
  touch(isTouched: boolean): Promise<void>;
  /** Whether it recognises its owner from now on (fingerprint, PIN). */
  recognise(isRecognised: boolean): Promise<void>;
  /** Makes its counter what it was when the copy was taken. */
  rewind(signCount: number): Promise<void>;
  /** Takes a credential of another authenticator over, for another host if it says so. */
  add(credential: Credential): Promise<void>;
}

export interface KeyHolder extends Visitor {
  readonly authenticator: Authenticator;
}

const PHONE = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;

export async function visitWithKey(chromium: Chromium): Promise<KeyHolder> {
  const visitor = await chromium.visitor();
  return { ...visitor, authenticator: await giveAuthenticator(visitor.page) };
}

/** Puts a phone beside the page that answers whatever it is asked. */
export async function giveAuthenticator(page: Page): Promise<Authenticator> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options: PHONE });
  return authenticatorOf(session, authenticatorId);
}

function authenticatorOf(session: CDPSession, authenticatorId: string): Authenticator {
  const credentials = async () =>
    (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials as Credential[];
  const add = async (credential: Credential) => {
    await session.send('WebAuthn.addCredential', { authenticatorId, credential });
  };
  return {
    credentials,
    add,
    async touch(enabled) {
      await session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
    },
    async recognise(isUserVerified) {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
    async rewind(signCount) {
      for (const credential of await credentials()) {
        const { credentialId } = credential;
        await session.send('WebAuthn.removeCredential', { authenticatorId, credentialId });
        await add({ ...credential, signCount });
      }
    },
  };
}

/** Types name and password, and takes no passkey that the browser offers meanwhile; stops at whatever comes then. */
export async function typePassword(
  { page, authenticator }: KeyHolder,
  origin: string,
  login: string,
): Promise<void> {
  await authenticator.touch(false);
  await page.goto(`${origin}${SIGN_IN}`);
  await page.getByLabel('Username or email').fill(login);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await authenticator.touch(true);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** Adds a key on the device page, under a name. */
export async function addKey({ page }: { readonly page: Page }, origin: string, name: string): Promise<void> {
  await page.goto(`${origin}/if/user/devices/add/webauthn/`);
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(/\/if\/user\/devices\/(recovery-codes\/)?$/);
}
