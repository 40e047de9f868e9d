// Passkeys in place of the password: offered on the pages before, to whoever has one for this host. Which account it is
// for, the passkey says itself, so the offer is the same for everybody and tells nobody who has an account.
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { Run } from '../../flow/run.ts';
import { assertionOptions } from '../webauthn/assertion.ts';
import { type Ceremony, type Keeper, signInCeremony } from '../webauthn/ceremony.ts';
import { hasPasskeys } from '../webauthn/credential.ts';
import { rpIdOf } from '../webauthn/relying-party.ts';

export function passkeyCeremony(run: Run): Ceremony {
  return signInCeremony(run, 'passkey');
}

/** What a page gives to the browser; undefined where nobody has a passkey. */
export type PasskeyOffer = PublicKeyCredentialRequestOptionsJSON | undefined;

export async function passkeyOffer(keeper: Keeper, run: Run): Promise<PasskeyOffer> {
  if (!(await hasPasskeys(keeper.db, rpIdOf(run.origin)))) return undefined;
  return assertionOptions(keeper, passkeyCeremony(run), 'password-less');
}
