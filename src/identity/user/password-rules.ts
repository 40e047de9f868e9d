// What a new password must be, for everybody and wherever it is set: long enough, not easily guessed, and not one that
// was stolen from other services. Never what it is made of: rules about capitals and digits make worse passwords
// (NIST SP 800-63B-4 §3.1.1.2). Guessability is zxcvbn's estimate; its list of 49,000 leaked passwords is the local list
// of breached ones, so nothing about a password is asked of anybody on the internet.
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { InvalidInput } from '../../platform/problem/problem.ts';

/** Fewer characters than this are tried out in hours. */
export const MIN_PASSWORD = 10;
/** Long enough for any passphrase, short enough that hashing it costs nothing extra. */
export const MAX_PASSWORD = 1024;
/** "Safely unguessable": more than 10^8 guesses, where our slow hash makes each of them expensive. */
const LEAST_SCORE = 3;
/** The estimate takes more than linear time; what is not guessable by here will not become so. */
const ESTIMATED_LENGTH = 64;

/** Whose password it is to be: their own names and addresses are the first guesses. */
export interface PasswordOwner {
  readonly username: string;
  readonly name?: string;
  readonly email?: string;
}

/** Throws InvalidInput, with the key of a text, unless the password will do. */
export async function refuseWeakPassword(
  password: string,
  owner: PasswordOwner,
  field = 'password',
): Promise<void> {
  const fault = await passwordFault(password, owner);
  if (fault) throw new InvalidInput({ [field]: [fault] });
}

/** What is wrong with the password, as the key of a text; undefined when it will do. */
export async function passwordFault(password: string, owner: PasswordOwner): Promise<string | undefined> {
  const { length } = [...password];
  if (length < MIN_PASSWORD) return 'user.password.tooShort';
  if (password.length > MAX_PASSWORD) return 'user.password.tooLong';
  const estimator = await openEstimator();
  const { score, sequence } = estimator.check(password.slice(0, ESTIMATED_LENGTH), wordsOf(owner));
  const [only] = sequence;
  const isListed = sequence.length === 1 && only?.dictionaryName === BREACHED && only.token === password;
  if (isListed) return 'user.password.breached';
  return score < LEAST_SCORE ? 'user.password.guessable' : undefined;
}

const BREACHED = 'passwords-common';
let estimator: ZxcvbnFactory | undefined;

/** Its lists take some 30 MB of memory: they are read when somebody first sets a password. */
async function openEstimator(): Promise<ZxcvbnFactory> {
  if (estimator) return estimator;
  const [{ ZxcvbnFactory }, { dictionary, adjacencyGraphs }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  estimator = new ZxcvbnFactory({
    dictionary: { [BREACHED]: dictionary[BREACHED] },
    graphs: adjacencyGraphs,
  });
  return estimator;
}

function wordsOf({ username, name = '', email = '' }: PasswordOwner): string[] {
  const joined = name.replaceAll(/\s/g, '');
  const words = [username, name, joined, email, ...name.split(/\s+/), ...email.split(/[@.]/), 'gatelodge'];
  return words.filter((word) => word.length > 2).map((word) => word.toLowerCase());
}
