// The phone of the tests: `oathtool` (Debian), a generator of codes that shares nothing with ours, or the RFC by hand where
// it is not installed. A code counts once, so a phone shows one after the other, from the step before the present one on.
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { beginTotp, confirmTotp, findPendingTotp } from '../../../src/signin/stage/totp/totp.ts';
import type { SignInApp } from '../flow/signin-app.ts';

const OATHTOOL = '/usr/bin/oathtool';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_SECONDS = 30;

/** CI has it, or fails for want of it. */
const hasOathtool = process.env.CI !== undefined || existsSync(OATHTOOL);

/** The code that an app shows so many seconds from now, or from another moment. */
export function codeOf(secret: string, secondsFromNow = 0, from = new Date()): string {
  const at = new Date(from.getTime() + secondsFromNow * 1000);
  return hasOathtool ? byOathtool(secret, at) : byHand(secret, at);
}

function byOathtool(secret: string, at: Date): string {
  const now = `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return execFileSync(OATHTOOL, ['--totp', '--base32', '--now', now, secret], { encoding: 'utf8' }).trim();
}

/** RFC 6238 with SHA-1 and six digits. */
function byHand(secret: string, at: Date): string {
  const bits = [...secret].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at.getTime() / 1000 / STEP_SECONDS)));
  const mac = createHmac('sha1', key).update(step).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) % 16) % 2 ** 31;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Codes that are valid now and have not been used: the one before (used to set up), the present, the next. */
export interface Phone {
  readonly secret: string;
  /** The present code, or with 1 the next. */
  code(stepsAhead?: 0 | 1): string;
}

/** Sets up an app for a user, as their device page does. */
export async function giveTotp({ deps }: Pick<SignInApp, 'deps'>, userId: number): Promise<Phone> {
  const { db, vault } = deps;
  await beginTotp(db, vault, userId, 'Phone');
  const pending = await findPendingTotp(db, vault, userId);
  const secret = pending?.secret ?? '';
  // The next step may begin before this one's code is looked at.
  const now = new Date();
  if (!(await confirmTotp(db, vault, userId, codeOf(secret, -STEP_SECONDS, now), now))) {
    throw new Error('The code of the step before was not accepted');
  }
  return { secret, code: (stepsAhead = 0) => codeOf(secret, stepsAhead * STEP_SECONDS) };
}
