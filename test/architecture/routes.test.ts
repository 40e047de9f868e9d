// Who may call what, over the real list of routes: every route that may change something names a guard, and the few that
// anybody may call stand here by name, so that a new one cannot slip in.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routesOf, serviceRoutesOf } from '../../src/app.ts';
import type { Route } from '../../src/platform/http/route.ts';
import { Metrics } from '../../src/platform/telemetry/metrics.ts';
import { EMBEDDED } from '../support/backends.ts';
import type { Browser, RequestOptions } from '../support/browser.ts';
import { ADMIN_PASSWORD, type Gatelodge, startGatelodge } from '../support/gatelodge.ts';

/** Anybody may call these; each protects itself: a flow by its stages, the protocol by its clients' credentials. */
const PUBLIC_CHANGES = [
  'POST /if/flow/:slug/',
  'POST /application/o/authorize{/}',
  'POST /application/o/interaction/:uid{/}',
  'POST /application/o/token{/}',
  'POST /application/o/device{/}',
  'POST /application/o/introspect{/}',
  'POST /application/o/revoke{/}',
  'POST /application/o/userinfo{/}',
  'POST /application/o/:slug/end-session{/}',
  'POST /application/o/:slug/end-session/confirm{/}',
];

let gatelodge: Gatelodge;
let administrator: Browser;
let changing: Route[];

beforeAll(async () => {
  gatelodge = await startGatelodge(EMBEDDED);
  const deps = { ...gatelodge.deps, metrics: new Metrics() };
  const routes = [...serviceRoutesOf(deps), ...routesOf(deps)];
  changing = routes.filter(({ method }) => method !== 'GET' && method !== 'OPTIONS');
  administrator = gatelodge.browser();
  const name = await administrator.visit('/if/flow/default-authentication-flow/');
  const password = await name.form().submit({ uid_field: 'akadmin' }, { follow: true });
  await password.form().submit({ password: ADMIN_PASSWORD }, { follow: true });
});

afterAll(() => gatelodge.stop());

describe('every route that may change something', () => {
  it('names a guard, but for those that anybody may call', () => {
    const unguarded = changing.filter(({ guard }) => guard.name === 'anyone').map(nameOf);
    expect(unguarded.sort()).toEqual([...PUBLIC_CHANGES].sort());
  });

  it('carries its own credentials only in the API and in protocols', () => {
    const elsewhere = changing.filter(
      ({ path, protection = 'form' }) =>
        (protection === 'credentials' && !path.startsWith('/api/v3/')) ||
        (protection === 'protocol' && !path.startsWith('/application/o/')),
    );
    expect(elsewhere.map(nameOf)).toEqual([]);
  });

  it('refuses a signed-in administrator whose form another site has sent', async () => {
    expect((await administrator.get('/if/admin/applications/')).status).toBe(200);
    for (const route of changing.filter(({ protection = 'form' }) => protection !== 'protocol')) {
      const answer = await administrator.request(route.method, sampleOf(route), sentBy(route));
      expect([nameOf(route), answer.status]).toEqual([nameOf(route), 403]);
    }
  });
});

/** A DELETE with a body has no length that Node would send. */
function sentBy({ method }: Route): RequestOptions {
  return method === 'DELETE' ? {} : { body: { name: 'x' } };
}

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

/** A path that the route answers: `/application/o/:slug/x{/}` → `/application/o/1/x/`. */
function sampleOf({ path }: Route): string {
  return path.replaceAll('{/}', '/').replaceAll(/:\w+/g, '1');
}
