// Security.md: secrets never appear in logs, events, lists or pages, and a dump of the database alone signs nobody in.
// Every kind of secret is made and used, well and badly, with the log at its most talkative; then everything that was
// written down is searched for all of them, in every usual encoding.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../../support/backends.ts';
import { administer, live, pass, serve, stumble } from './everyday.ts';
import { AUTH, type House, openHouse, walk } from './house.ts';
import { Secrets } from './traces.ts';

/** What an administrator opens one by one to hand it on; authentik's key of an invitation is its token, also in the list. */
const SHOWN_ON_PURPOSE: readonly (readonly [path: RegExp, secret: RegExp])[] = [
  [/^\/if\/admin\/applications\/service\/$/, /^client secret /],
  [/^\/if\/admin\/invitations\/[0-9a-f]{64}\/$/, /^invitation /],
  [/^\/api\/v3\/stages\/invitation\/invitations\/$/, /^invitation /],
];

everyBackend('a secret', (backend) => {
  const secrets = new Secrets();
  let house: House;

  beforeAll(async () => {
    house = await openHouse(backend, secrets);
    const { invitation } = await administer(house, secrets);
    const anna = await live(house, secrets, invitation);
    await pass(house, secrets, anna);
    await serve(house, secrets, anna);
    await stumble(house, secrets);
  });
  afterAll(() => house?.close());

  it('is on no page of the administration and in no list of the API', async () => {
    const administrator = house.browser();
    const page = await administrator.visit('/if/flow/default-authentication-flow/');
    await walk(page, { uid_field: 'akadmin', password: 'correct & "horse" + battery?' });
    const seen = new Set(['/if/admin/', '/if/user/', '/api/v3/schema/']);
    const leaks: string[] = [];
    for (const path of seen) {
      const answer = await administrator.visit(path);
      leaks.push(...leaksOn(path, secrets.foundIn(answer.body)));
      for (const next of pathsIn(answer.body, path)) if (seen.size < 150) seen.add(next);
    }
    expect(seen.size).toBeGreaterThan(50);
    expect(leaks).toEqual([]);
  });

  it('is in no line of the log, also while the database is away', async () => {
    await house.database?.cut();
    if (house.database) await stumble(house, secrets).catch(() => undefined);
    await house.database?.mend();
    const log = house.server.output();
    expect(log).toContain('"msg":"request"');
    expect(secrets.foundIn(log)).toEqual([]);
  });

  it('is in no row of the database in clear', async () => {
    const dump = await house.dump();
    expect(dump.get('events')).toContain('login_failed');
    const leaks = [...dump].flatMap(([table, rows]) =>
      secrets.foundIn(rows).map((name) => `${table}: ${name}`),
    );
    expect(leaks).toEqual([]);
  });
});

function leaksOn(path: string, found: readonly string[]): string[] {
  const isMeant = (name: string) => SHOWN_ON_PURPOSE.some(([at, what]) => at.test(path) && what.test(name));
  return found.filter((name) => !isMeant(name)).map((name) => `${path}: ${name}`);
}

/** Links on our own pages that only show something, and the lists that the API describes. */
function pathsIn(body: string, from: string): string[] {
  if (from === '/api/v3/schema/') {
    const { paths } = JSON.parse(body) as { paths: Record<string, Record<string, unknown>> };
    const lists = Object.keys(paths).filter((path) => paths[path]?.get && !path.includes('{'));
    return lists.map((path) => (path.startsWith('/api/') ? path : `/api/v3${path}`));
  }
  if (from.startsWith('/api/')) return [];
  const links = [...body.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'));
  return links
    .map((href) => new URL(href, AUTH + from))
    .filter(
      (url) => url.origin === AUTH && url.pathname.startsWith('/if/') && !url.pathname.includes('/flow/'),
    )
    .map((url) => url.pathname + url.search);
}
