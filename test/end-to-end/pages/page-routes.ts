// Which pages there are: from the routes that are mounted and the templates that lie in views/, so that a new page is
// asked for by these suites before anybody remembers to add it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Router } from '@koa/router';
import { openStationery, routesOf, serviceRoutesOf } from '../../../src/app.ts';
import { VIEWS_DIRECTORY } from '../../../src/deps.ts';
import type { RequestState } from '../../../src/platform/http/context.ts';
import { Metrics } from '../../../src/platform/telemetry/metrics.ts';
import type { Gatelodge } from '../../support/gatelodge.ts';
import type { Tour } from './tour.ts';

/** The suites share the pages out among themselves: what is in no other room belongs to the sign-in. */
export type Room = 'account' | 'admin' | 'outpost' | 'signin';

/** Answered to GET with something else than a page of ours, and with what. */
const NO_PAGES: Readonly<Record<string, string>> = {
  '/': 'leads to the portal',
  '/if/admin/': 'leads to the applications',
  '/application/launch/:slug/': 'leads to the application',
  '/application/o/userinfo{/}': 'for programs',
  '/application/o/:slug/.well-known/openid-configuration': 'for programs',
  '/.well-known/oauth-authorization-server/application/o/:slug{/}': 'for programs',
  '/application/o/:slug/jwks{/}': 'for programs',
  '/application/o/:slug{/}': 'leads to the discovery document',
  '/application/o/authorize/:uid': 'leads to the application',
  '/application/outpost/:slug/': 'leads to the application',
  '/application/outpost/:slug/jwks/': 'for programs',
};

/** Templates that no walk comes upon, and why. */
const OUT_OF_REACH: Readonly<Record<string, string>> = {
  'problem/waiting-form': 'comes only ten minutes after a sign-in',
};

/** Pages of a room that the tours have not seen: paths of routes, and names of templates. */
export function unseen(gatelodge: Gatelodge, room: Room, tours: readonly Tour[]): string[] {
  const deps = { ...gatelodge.deps, metrics: new Metrics() };
  const routes = [...serviceRoutesOf(deps), ...routesOf(deps)].filter(({ method }) => method === 'GET');
  const router = new Router<RequestState>();
  for (const route of routes) router.register(route.path, ['GET'], () => undefined);
  const visited = tours
    .flatMap(({ paths }) => [...paths])
    .map((at) => router.match(at, 'GET').pathAndMethod[0]?.path);
  const missedRoutes = routes
    .map((route) => route.path)
    .filter((route) => !route.startsWith('/api/') && !(route in NO_PAGES))
    .filter((route) => roomOfRoute(route) === room && !visited.includes(route));
  const shown = new Set(tours.flatMap(({ templates }) => [...templates]));
  const missedTemplates = openStationery(gatelodge.deps)
    .view.templates()
    .filter((template) => !(template in OUT_OF_REACH) && !shown.has(template))
    .filter((template) => roomOfTemplate(template) === room);
  return [...missedRoutes, ...missedTemplates];
}

function roomOfRoute(route: string): Room {
  if (route.startsWith('/if/user/')) return 'account';
  return route.startsWith('/if/admin/') ? 'admin' : 'signin';
}

/** By the layout; what has none and is no document of its own is a part of other pages. */
function roomOfTemplate(template: string): Room | undefined {
  if (/^(?:layouts|partials)\//.test(template)) return undefined;
  if (template.startsWith('outpost/')) return 'outpost';
  const source = readFileSync(path.join(VIEWS_DIRECTORY, `${template}.eta`), 'utf8');
  const layout = /layout\('layouts\/(\w+)'\)/.exec(source)?.[1];
  if (layout === 'account' || layout === 'app') return 'account';
  if (layout === 'admin') return 'admin';
  return layout === 'signin' || source.startsWith('<!doctype') ? 'signin' : undefined;
}
