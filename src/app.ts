// The Koa application: middleware from the outside in, then every router, one line each.
import path from 'node:path';
import { Router } from '@koa/router';
import Koa from 'koa';
import packageJson from '../package.json' with { type: 'json' };
import type { Deps } from './deps.ts';
import { VIEWS_DIRECTORY } from './deps.ts';
import { flowTable } from './flows.ts';
import { bindingApi } from './identity/access/api.ts';
import { accessRoutes } from './identity/access/routes.ts';
import { applicationApi } from './identity/application/api.ts';
import { applicationRoutes, showApplication } from './identity/application/routes.ts';
import { eventApi } from './identity/event/api.ts';
import { eventRoutes } from './identity/event/routes.ts';
import { groupApi } from './identity/group/api.ts';
import { groupRoutes } from './identity/group/routes.ts';
import { installationApi } from './identity/installation/api.ts';
import { invitationApi } from './identity/invitation/api.ts';
import { invitationRoutes } from './identity/invitation/routes.ts';
import { tokenApi } from './identity/token/api.ts';
import { bearerViewer } from './identity/token/middleware.ts';
import { userApi } from './identity/user/api.ts';
import { meApi } from './identity/user/me/api.ts';
import { userRecoveryApi } from './identity/user/recovery/api.ts';
import { userRecoveryRoutes } from './identity/user/recovery/routes.ts';
import { userRoutes } from './identity/user/routes.ts';
import { serviceAccountApi } from './identity/user/service-account/api.ts';
import { userSessionRoutes } from './identity/user/sessions/routes.ts';
import { activityRoutes } from './operation/account/activity/routes.ts';
import { emailDeviceRoutes } from './operation/account/devices/email/routes.ts';
import { deviceRoutes } from './operation/account/devices/routes.ts';
import { trustedDeviceRoutes } from './operation/account/devices/trusted/routes.ts';
import { passwordRoutes } from './operation/account/password/routes.ts';
import { profileRoutes } from './operation/account/profile/routes.ts';
import { accountRoutes } from './operation/account/routes.ts';
import { tokenRoutes } from './operation/account/tokens/routes.ts';
import { adminRoutes } from './operation/admin/routes.ts';
import { signInRuleRoutes } from './operation/admin/sign-in-rules/routes.ts';
import { transactionalApplicationApi } from './operation/admin/transactional-application/api.ts';
import type { Pen } from './platform/http/answer.ts';
import { assetRoutes } from './platform/http/asset-routes.ts';
import type { RequestState } from './platform/http/context.ts';
import { Csrf } from './platform/http/csrf.ts';
import { errorRenderer } from './platform/http/error-renderer.ts';
import { healthRoutes } from './platform/http/health.ts';
import { mount } from './platform/http/mount.ts';
import { requestIdentity } from './platform/http/request-identity.ts';
import { requestLog } from './platform/http/request-log.ts';
import type { Route } from './platform/http/route.ts';
import { securityHeaders } from './platform/http/security-headers.ts';
import { restRoutes } from './platform/rest/routes.ts';
import type { Metrics } from './platform/telemetry/metrics.ts';
import { type Assets, loadAssets } from './platform/view/assets.ts';
import { View } from './platform/view/view.ts';
import { advancedRoutes } from './protocol/oidc/advanced/routes.ts';
import { oauth2ProviderApi } from './protocol/oidc/api.ts';
import { deviceGrantRoutes } from './protocol/oidc/device/routes.ts';
import { clientFaultRoutes } from './protocol/oidc/fault/routes.ts';
import { issuedApi } from './protocol/oidc/issued/api.ts';
import { signingKeyApi } from './protocol/oidc/key/api.ts';
import { keyRoutes } from './protocol/oidc/key/routes.ts';
import { recipeRoutes } from './protocol/oidc/recipe/routes.ts';
import { oidcRoutes, oidcServiceRoutes } from './protocol/oidc/routes.ts';
import { claimRoutes } from './protocol/oidc/scope-mapping/routes.ts';
import { scopeMappingApi } from './protocol/oidc/scope-mapping-api.ts';
import { proxyProviderApi } from './protocol/outpost/api.ts';
import { proxyApplicationRoutes } from './protocol/outpost/application/routes.ts';
import { outpostRoutes } from './protocol/outpost/routes.ts';
import { providerApi } from './protocol/provider/api.ts';
import { flowRoutes } from './signin/flow/routes.ts';
import { sessionApi } from './signin/session/api.ts';
import { sessionViewer } from './signin/session/middleware.ts';
import { authenticatorApi } from './signin/stage/second-factor/api.ts';

interface Needs extends Deps {
  readonly metrics: Metrics;
}

/** What pages are made from. */
export interface Stationery {
  readonly view: View;
  readonly assets: Assets;
}

/** Reads and compiles every template and asset. */
export function openStationery({ config }: Pick<Deps, 'config'>): Stationery {
  const assets = loadAssets(path.join(VIEWS_DIRECTORY, 'assets'));
  const view = new View({ directory: VIEWS_DIRECTORY, assets, isReloading: config.isDevelopment });
  view.compile();
  return { view, assets };
}

/** The application over open parts; it holds no state of its own. */
export function createApp(deps: Needs, { view, assets }: Stationery): Koa<RequestState> {
  const pen = { view, csrf: new Csrf(deps.vault.subkey('csrf')) };

  const app = new Koa<RequestState>();
  // What reaches this has passed the error renderer: a connection that broke while it was being answered.
  app.on('error', (error) => deps.log.info({ err: error }, 'a connection failed'));
  app.use(requestIdentity(deps));
  app.use(requestLog(deps));
  app.use(securityHeaders());
  app.use(errorRenderer(pen));
  // Before anybody is looked up: health and stylesheets are answered also while the session store is not.
  app.use(routed([...healthRoutes({ checks: checksOf(deps) }), ...assetRoutes({ assets })], pen));
  app.use(routed(serviceRoutesOf(deps), pen));
  app.use(sessionViewer(deps));
  app.use(bearerViewer(deps));
  app.use(routed(routesOf(deps), pen));
  return app;
}

function routed(routes: readonly Route[], pen: Pen) {
  const router = new Router<RequestState>();
  mount(router, routes, pen);
  return router.routes();
}

/** Every route of programs that show what they may do in each request. */
export function serviceRoutesOf(deps: Needs): Route[] {
  return oidcServiceRoutes(deps);
}

/** Every route that may ask who is calling; the architecture tests read this list too. */
export function routesOf(deps: Needs): Route[] {
  return [
    ...flowRoutes({ ...deps, flows: flowTable(deps) }),
    ...accountRoutes(deps),
    ...profileRoutes(deps),
    ...passwordRoutes(deps),
    ...tokenRoutes(deps),
    ...activityRoutes(deps),
    // Before the device of any kind and number: these are more specific.
    ...emailDeviceRoutes(deps),
    ...trustedDeviceRoutes(deps),
    ...deviceRoutes(deps),
    ...oidcRoutes(deps),
    ...clientFaultRoutes(deps),
    ...deviceGrantRoutes(deps),
    ...outpostRoutes(deps),
    ...adminRoutes(),
    ...signInRuleRoutes(deps),
    ...proxyApplicationRoutes(deps),
    ...recipeRoutes(deps),
    ...claimRoutes(deps),
    ...advancedRoutes(deps),
    ...keyRoutes(deps),
    ...applicationRoutes(deps),
    ...accessRoutes({ ...deps, showApplication: (ctx, named) => showApplication(deps, ctx, named) }),
    ...userRoutes(deps),
    ...userRecoveryRoutes(deps),
    ...userSessionRoutes(deps),
    ...invitationRoutes(deps),
    ...groupRoutes(deps),
    ...eventRoutes(deps),
    ...restRoutes(operationsOf(deps), { version: packageJson.version }),
  ];
}

function operationsOf(deps: Needs) {
  return [
    ...installationApi({ version: packageJson.version }),
    ...meApi(deps),
    ...userApi(deps),
    ...userRecoveryApi(deps),
    ...invitationApi(deps),
    ...serviceAccountApi(deps),
    ...groupApi(deps),
    ...applicationApi(deps),
    ...bindingApi(deps),
    ...tokenApi(deps),
    ...sessionApi(deps),
    ...authenticatorApi(deps),
    ...eventApi(deps),
    ...providerApi(deps),
    ...oauth2ProviderApi(deps),
    ...scopeMappingApi(deps),
    ...signingKeyApi(deps),
    ...issuedApi(deps),
    ...proxyProviderApi(deps),
    ...transactionalApplicationApi(deps),
  ];
}

function checksOf({ database, redis, changes }: Deps) {
  return {
    database: () => database.ping(),
    ...(redis && { redis: () => redis.ping() }),
    changes: () => changes.ping(),
  };
}
