// "Sign out?" and "You are signed out".
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

export function signOutPage({ t, viewer }: Run): Page {
  return page('signin/sign-out', t('signin.signOut.title'), { username: viewer?.username ?? '' });
}

export function signedOutPage({ t }: Run): Page {
  return page('signin/signed-out', t('signin.signedOut.title'));
}
