// A whole application with nothing of ours in it: people sign in to Miniflux by the settings that its recipe prints.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { updateUser } from '../../src/identity/user/user.ts';
import { registerUser, walk } from '../protocol/oidc/service.ts';
import { EMBEDDED } from '../support/backends.ts';
import type { Browser } from '../support/browser.ts';
import { findFreePort } from '../support/free-port.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';
import { hasMiniflux, type Miniflux, startMiniflux } from '../support/miniflux.ts';
import type { Page } from '../support/page.ts';
import { hasPostgres } from '../support/postgres-server.ts';
import { environmentOf, registerRecipe } from '../support/recipe.ts';

const SIGN_OUT = 'a[href$="/logout"]';

describe('Miniflux', () => {
  if (!hasMiniflux || !hasPostgres())
    return it.skip('needs Miniflux and PostgreSQL: run scripts/test-packages', () => {});

  let gatelodge: Gatelodge;
  let miniflux: Miniflux;
  let origin: string;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    origin = `http://localhost:${await findFreePort()}`;
    const recipe = await registerRecipe(gatelodge, 'miniflux', origin);
    miniflux = await startMiniflux(origin, environmentOf(recipe.block('Environment')));
  });
  afterAll(async () => {
    await miniflux?.stop();
    await gatelodge?.stop();
  });

  /** By the button on its own sign-in page, to wherever that leads. */
  async function signIn(browser: Browser, username: string): Promise<Page> {
    const door = await browser.visit(origin);
    expect(door.text('.oauth2')).toContain('Gatelodge');
    const away = await door.click('.oauth2 a');
    const page = await walk(browser, String(away.location), username);
    return page.location ? browser.visit(page.location.href) : page;
  }

  /** Whom Miniflux says that it is used by. */
  const accountOf = (page: Page) => page.document.querySelector(SIGN_OUT)?.getAttribute('title');

  it('makes an account for whoever comes for the first time, named by the e-mail address', async () => {
    await registerUser(gatelodge, 'alice');
    const page = await signIn(gatelodge.browser(), 'alice');
    expect(page.url.href).toBe(`${origin}/unread`);
    expect(accountOf(page)).toContain('alice@example.com');
  });

  it('knows a person who comes again, and asks them nothing while they are signed in here', async () => {
    const browser = gatelodge.browser();
    await signIn(browser, 'alice');
    const left = await (await browser.visit(`${origin}/unread`)).click(SIGN_OUT, { follow: true });
    expect(left.url.href).toBe(`${origin}/`);
    const away = await left.click('.oauth2 a');
    const back = await browser.visit(String(away.location));
    expect(back.url.href).toBe(`${origin}/unread`);
  });

  it('knows them still when their address has changed: they are known by `sub`', async () => {
    const { db, changes } = gatelodge.deps;
    const id = await registerUser(gatelodge, 'carla');
    await signIn(gatelodge.browser(), 'carla');
    await updateUser(db, changes, id, { email: 'carla@elsewhere.example' });
    const page = await signIn(gatelodge.browser(), 'carla');
    expect(page.url.href).toBe(`${origin}/unread`);
    expect(accountOf(page)).toContain('carla@example.com');
  });

  it('is closed to those who may not open it', async () => {
    const { id } = await gatelodge.deps.db.application.findFirstOrThrow({ where: { slug: 'miniflux' } });
    const { body } = await gatelodge.api<{ pk: string }>('POST', '/core/groups/', { name: 'readers' });
    await gatelodge.api('POST', '/policies/bindings/', { target: id, group: body.pk, order: 0 });
    await registerUser(gatelodge, 'bert');
    const page = await signIn(gatelodge.browser(), 'bert');
    expect(page.url.origin).toBe(gatelodge.origin);
    expect(page.status).toBe(403);
  });
});
