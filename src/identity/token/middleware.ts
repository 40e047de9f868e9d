// Makes the owner of a bearer token the viewer of a request to the API. A token that is presented counts alone: if it
// is no good, the browser session that may come with it does not step in.
import type { Middleware } from 'koa';
import type { Db } from '../../platform/database/database.ts';
import type { RequestState } from '../../platform/http/context.ts';
import { Forbidden } from '../../platform/problem/problem.ts';
import { isAdministrator } from '../group/membership.ts';
import { verifyToken } from './token-key.ts';

const API = '/api/';
const BEARER = /^Bearer +(\S+) *$/i;

/** Sets `ctx.state.viewer`; answers 403, as authentik does, when the token is unknown, expired or of another intent. */
export function bearerViewer({ db }: { db: Db }): Middleware<RequestState> {
  return async (ctx, next) => {
    const authorization = ctx.get('authorization');
    if (!ctx.path.startsWith(API) || authorization === '') return next();

    const key = BEARER.exec(authorization)?.[1];
    const owner = key === undefined ? undefined : await verifyToken(db, key, 'api');
    if (!owner) throw new Forbidden('Token invalid/expired');
    ctx.state.viewer = {
      userId: owner.id,
      username: owner.username,
      name: owner.name,
      isAdministrator: await isAdministrator(db, owner.id),
      via: 'token',
    };
    return next();
  };
}
