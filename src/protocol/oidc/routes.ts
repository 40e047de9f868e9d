// OpenID Connect's endpoints (contract §3), with and without the slash at the end. The shared ones belong to all
// applications; those below a slug to one. Order matters: a shared endpoint's name is never a slug.
import { z } from 'zod';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Db, Sql } from '../../platform/database/database.ts';
import { anyone } from '../../platform/http/guard.ts';
import { get, options, post, type Route, seeOther } from '../../platform/http/route.ts';
import type { Texts } from '../../platform/view/texts.ts';
import type { Sessions } from '../../signin/session/session.ts';
import { authorize, authorizeByPost, giveUp, interact, resume } from './authorize-endpoint.ts';
import { answerDevice } from './device/device-endpoint.ts';
import type { Issuers } from './issuers.ts';
import {
  confirmEndSession,
  endSession,
  endSessionByPost,
  farewellInput,
  logoutInput,
  sayFarewell,
} from './logout/end-session-endpoint.ts';
import { DISCOVERY } from './metadata.ts';
import {
  answerIntrospection,
  answerMetadata,
  answerPreflight,
  answerRevocation,
  answerUserinfo,
} from './protocol-endpoints.ts';
import { answerToken } from './token-endpoint.ts';

interface Needs {
  readonly db: Db;
  readonly sql: Sql;
  readonly vault: Vault;
  readonly sessions: Sessions;
  readonly issuers: Issuers;
  readonly texts: Texts;
}

const O = '/application/o';
const PROTOCOL = { protection: 'protocol' } as const;

const nothing = z.object({});
const slugged = z.object({ slug: z.string() });
const identified = z.object({ uid: z.string() });

/** What programs call. They have no session here, so none is looked up for them (app.ts). */
export function oidcServiceRoutes(needs: Needs): Route[] {
  const { issuers } = needs;
  return [
    post(`${O}/token{/}`, anyone, nothing, (ctx) => answerToken(needs, ctx), PROTOCOL),
    post(`${O}/device{/}`, anyone, nothing, (ctx) => answerDevice(needs, ctx), PROTOCOL),
    post(`${O}/introspect{/}`, anyone, nothing, (ctx) => answerIntrospection(issuers, ctx), PROTOCOL),
    post(`${O}/revoke{/}`, anyone, nothing, (ctx) => answerRevocation(issuers, ctx), PROTOCOL),
    get(`${O}/userinfo{/}`, anyone, nothing, (ctx) => answerUserinfo(issuers, ctx)),
    post(`${O}/userinfo{/}`, anyone, nothing, (ctx) => answerUserinfo(issuers, ctx), PROTOCOL),
    options(`${O}/token{/}`, anyone, nothing, answerPreflight, PROTOCOL),
    options(`${O}/device{/}`, anyone, nothing, answerPreflight, PROTOCOL),
    options(`${O}/revoke{/}`, anyone, nothing, answerPreflight, PROTOCOL),
    options(`${O}/userinfo{/}`, anyone, nothing, answerPreflight, PROTOCOL),

    get(`${O}/:slug${DISCOVERY}`, anyone, slugged, (ctx, { slug }) =>
      answerMetadata(issuers, ctx, slug, DISCOVERY),
    ),
    get(`/.well-known/oauth-authorization-server${O}/:slug{/}`, anyone, slugged, (ctx, { slug }) =>
      answerMetadata(issuers, ctx, slug, '/.well-known/oauth-authorization-server'),
    ),
    get(`${O}/:slug/jwks{/}`, anyone, slugged, (ctx, { slug }) =>
      answerMetadata(issuers, ctx, slug, `${O}/${slug}/jwks/`),
    ),
  ];
}

/** Where browsers are sent. */
export function oidcRoutes(needs: Needs): Route[] {
  return [
    get(`${O}/authorize{/}`, anyone, nothing, (ctx) => authorize(needs, ctx)),
    post(`${O}/authorize{/}`, anyone, nothing, (ctx) => authorizeByPost(ctx), PROTOCOL),
    get(`${O}/authorize/:uid`, anyone, identified, (ctx, { uid }) => resume(needs, ctx, uid)),
    get(`${O}/interaction/:uid{/}`, anyone, identified, (ctx, { uid }) => interact(needs, ctx, uid)),
    post(`${O}/interaction/:uid{/}`, anyone, identified, (ctx, { uid }) => giveUp(needs, ctx, uid)),

    get(`${O}/:slug/end-session{/}`, anyone, logoutInput, (ctx, input) => endSession(needs, ctx, input)),
    post(
      `${O}/:slug/end-session{/}`,
      anyone,
      slugged,
      (ctx, { slug }) => endSessionByPost(ctx, slug),
      PROTOCOL,
    ),
    post(`${O}/:slug/end-session/confirm{/}`, anyone, logoutInput, (ctx, input) =>
      confirmEndSession(needs, ctx, input),
    ),
    get(`${O}/end-session/farewell{/}`, anyone, farewellInput, (ctx, { farewell }) =>
      sayFarewell(needs, ctx, farewell),
    ),
    get(`${O}/:slug{/}`, anyone, slugged, (_ctx, { slug }) =>
      seeOther(`${O}/${encodeURIComponent(slug)}${DISCOVERY}`),
    ),
  ];
}
