// What both ceremonies share: where they take place, and what their challenge is bound to.
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Run } from '../../flow/run.ts';
import { redeemChallenge } from './challenge.ts';
import { challengeOf } from './response.ts';

export interface Keeper {
  readonly db: Db;
  readonly vault: Vault;
}

export interface Ceremony {
  /** Browser-visible origin. */
  readonly origin: string;
  /** What the challenge is for; an answer to a challenge for anything else does not count. */
  readonly purpose: string;
  readonly now: Date;
}

/**
 * The outcome of a ceremony's checks; undefined when they refuse. The challenge goes first and is used up whatever
 * follows. The library refuses by throwing plain errors, and touches no store: all that it throws is a refusal.
 */
export async function conduct<Outcome>(
  { db, vault }: Keeper,
  { purpose, now }: Ceremony,
  clientDataJSON: string,
  verify: (challenge: string) => Promise<Outcome>,
): Promise<Outcome | undefined> {
  const challenge = challengeOf(clientDataJSON);
  if (challenge === undefined || !(await redeemChallenge(db, vault, purpose, challenge, now)))
    return undefined;
  try {
    return await verify(challenge);
  } catch {
    return undefined;
  }
}

/** A ceremony of this very sign-in: what is asked for in one request answers in no other. */
export function signInCeremony({ origin, now, flow, id = '' }: Run, stage: string): Ceremony {
  return { origin, now, purpose: `${flow}/${stage}/${id}` };
}
