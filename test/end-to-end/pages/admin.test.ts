// Every page of the administration, looked at: see inspection.ts for what is looked for.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DEMO_PASSWORD } from '../../../prisma/seed.ts';
import { hasChromium } from '../../support/chromium.ts';
import { ADMIN_PASSWORD } from '../../support/gatelodge.ts';
import { createShowcase, LONG } from '../../support/showcase.ts';
import { authorize, type House, openHouse, PATIENCE_MILLISECONDS } from './house.ts';
import { unseen } from './page-routes.ts';
import type { Tour } from './tour.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
const whenInstalled = hasChromium || process.env.CI ? describe : describe.skip;
const ADMIN = '/if/admin';
const APPLICATIONS = `${ADMIN}/applications`;

whenInstalled('the pages of the administration', () => {
  let house: House;
  let newcomer: Tour;
  let anna: Tour;
  beforeAll(async () => {
    house = await openHouse();
    newcomer = await house.signedIn('akadmin', ADMIN_PASSWORD);
  });
  afterAll(() => house?.close());
  afterEach(() => expect([newcomer, anna].flatMap((tour) => tour?.takeFaults() ?? [])).toEqual([]));

  const look = async (...addresses: string[]) => {
    for (const address of addresses) await anna.open(address);
  };
  const pk = async (path: string, key = 'pk') => {
    const { results } = await house.api('GET', path);
    return String((results as Record<string, unknown>[])[0]?.[key]);
  };
  /** Sends a form and looks at what comes of it. */
  const send = async (address: string, typed: Record<string, string>, form?: string, button?: string) => {
    await anna.page.goto(house.origin + address);
    await anna.submit(typed, form, button);
    await anna.look();
  };

  it('are sound while there is nothing yet', async () => {
    for (const list of ['applications', 'users', 'groups', 'invitations', 'sign-in-rules', 'events']) {
      await newcomer.open(`${ADMIN}/${list}/`);
    }
  });

  it('list what there is', async () => {
    await createShowcase(house.api);
    anna = await house.signedIn('anna', DEMO_PASSWORD);
    await look(`${APPLICATIONS}/`, `${APPLICATIONS}/?search=nothing-like-it`);
    await look(
      `${ADMIN}/users/`,
      `${ADMIN}/users/?search=nobody`,
      `${ADMIN}/groups/`,
      `${ADMIN}/invitations/`,
    );
    await look(`${ADMIN}/events/`, `${ADMIN}/sign-in-rules/`, `${ADMIN}/keys/`);
  });

  it('show users, groups and invitations', async () => {
    const wilhelmina = await pk(`core/users/?username=${LONG.username}`);
    await look(`${ADMIN}/users/create/`, `${ADMIN}/users/${await pk('core/users/?username=anna')}/`);
    await look(`${ADMIN}/users/${wilhelmina}/`, `${ADMIN}/users/${wilhelmina}/recovery/`);
    await look(
      `${ADMIN}/users/${wilhelmina}/sessions/`,
      `${ADMIN}/users/${await pk('core/users/?username=anna')}/sessions/`,
    );
    await look(`${ADMIN}/groups/${await pk('core/groups/?name=Family')}/`);
    await look(`${ADMIN}/groups/${await pk('core/groups/?name=Key%20holders')}/`);
    await look(`${ADMIN}/invitations/create/`);
    await anna.page.goto(`${house.origin}${ADMIN}/invitations/`);
    await anna.page.getByRole('link', { name: 'gwens-invitation' }).click();
    await anna.look();
    await send(`${ADMIN}/users/${wilhelmina}/recovery/`, {}, 'main form[action$="/link/"]');
  });

  it('show applications', async () => {
    await look(`${APPLICATIONS}/create/`, `${APPLICATIONS}/create/?search=nothing-like-it`);
    await look(`${APPLICATIONS}/create/from/gitea/`, `${APPLICATIONS}/create/other/`);
    await look(`${APPLICATIONS}/${LONG.slug}/`, `${APPLICATIONS}/${LONG.slug}/edit/`);
    await look(`${APPLICATIONS}/vault/`, `${APPLICATIONS}/vault/delete/`);
    await look(`${APPLICATIONS}/vault/advanced/`);
    await look(`${APPLICATIONS}/vault/claims/`, `${APPLICATIONS}/vault/claims/?username=anna`);
  });

  it('show applications behind a proxy', async () => {
    for (const mode of ['', 'forward-single/', 'forward-domain/', 'proxy/']) {
      await look(`${APPLICATIONS}/create/proxy/${mode}`);
    }
    for (const slug of ['films', 'home', 'notes']) {
      await look(
        `${APPLICATIONS}/${slug}/`,
        `${APPLICATIONS}/${slug}/proxy/`,
        `${APPLICATIONS}/${slug}/proxy/edit/`,
      );
    }
    await look(`${APPLICATIONS}/films/proxy/?for=traefik`);
  });

  it('say what is wrong with what was typed', async () => {
    const anybody = `${ADMIN}/users/${await pk('core/users/?username=bert')}/`;
    await send(`${ADMIN}/users/create/`, { username: '', email: 'nowhere', password: 'short' });
    await send(anybody, { username: '', email: 'nowhere' });
    await send(anybody, { password: 'password' }, 'main form[action$="/password/"]');
    await send(`${ADMIN}/groups/`, { name: '' });
    await send(
      `${ADMIN}/groups/${await pk('core/groups/?name=Family')}/`,
      { username: 'nobody' },
      'main form[action$="/members/"]',
    );
    await send(`${ADMIN}/invitations/create/`, { name: '', uses: '0', days: '0', email: 'nowhere' });
    await send(
      `${APPLICATIONS}/create/from/gitea/`,
      { url: 'nowhere', name: '' },
      'main form',
      '.button-primary',
    );
    await send(
      `${APPLICATIONS}/create/other/`,
      { name: '', redirect_uris: 'javascript:alert(1)' },
      'main form',
      '.button-primary',
    );
    await send(`${APPLICATIONS}/vault/edit/`, { name: '', slug: 'A B' }, 'main form', '.button-primary');
    await send(`${APPLICATIONS}/vault/`, { username: 'nobody' }, 'main form:has([name="username"])');
    await send(
      `${APPLICATIONS}/vault/claims/`,
      { claim: 'sub', scope: 'a b', value: '' },
      'main form[method="post"].stack',
    );
    await send(`${APPLICATIONS}/create/proxy/forward-domain/`, {
      name: '',
      external_host: 'x',
      skip_path_regex: '(',
    });
    await send(`${APPLICATIONS}/films/proxy/edit/`, { external_host: '' });
  });

  it('lead from a recipe to what to write where', async () => {
    await send(
      `${APPLICATIONS}/create/from/grafana/`,
      { url: 'https://stats.example.com', slug: 'stats' },
      'main form',
      '.button-primary',
    );
    await look(`${APPLICATIONS}/stats/`, `${APPLICATIONS}/stats/settings/`);
  });

  it('tell of what failed, and offer the remedy', async () => {
    const sent = 'https://elsewhere.example.org/a/long/path/to/the/callback';
    await anna.page.goto(house.origin + authorize('gitea', sent));
    await look(`${APPLICATIONS}/gitea/`, `${APPLICATIONS}/gitea/faults/redirect-uri/`);
  });

  it('were all looked at', () => {
    expect(unseen(house.gatelodge, 'admin', [newcomer, anna])).toEqual([]);
  });
});
