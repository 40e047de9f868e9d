// /if/admin/ itself; what is administered has its pages in its own room (identity/application/routes.ts and so on).
import { z } from 'zod';
import { administrator } from '../../platform/http/guard.ts';
import { get, type Route, seeOther } from '../../platform/http/route.ts';

export function adminRoutes(): Route[] {
  return [get('/if/admin/', administrator, z.object({}), () => seeOther('/if/admin/applications/'))];
}
