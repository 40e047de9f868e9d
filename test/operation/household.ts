// People at the pages: who is signed in where, without scripts.
import type { Browser } from '../support/browser.ts';
import type { Gatelodge } from '../support/gatelodge.ts';
import { ADMIN_PASSWORD } from '../support/gatelodge.ts';
import type { Page } from '../support/page.ts';

/** A browser in which the person has signed in, by filling in whatever form is shown. */
export async function signedIn(
  gatelodge: Gatelodge,
  username = 'akadmin',
  password = ADMIN_PASSWORD,
): Promise<Browser> {
  const browser = gatelodge.browser();
  let page = await browser.visit('/if/user/');
  for (let step = 0; step < 5 && page.url.pathname.startsWith('/if/flow/'); step++) {
    const typed = page.body.includes('name="uid_field"') ? { uid_field: username } : {};
    page = await page.form('form.stack').submit({ ...typed, password }, { follow: true });
  }
  if (page.url.pathname !== '/if/user/') throw new Error(`${username} was not signed in: ${page.text()}`);
  return browser;
}

/** Submits the form on that page that posts to the path (or to the page itself), and follows. */
export async function submitAt(
  browser: Browser,
  path: string,
  typed: Readonly<Record<string, string | string[]>>,
  action?: string,
): Promise<Page> {
  const page = await browser.visit(path);
  const selector =
    action === undefined ? 'main form[method="post"]:not([action])' : `main form[action="${action}"]`;
  return page.form(selector).submit(typed, { follow: true });
}
