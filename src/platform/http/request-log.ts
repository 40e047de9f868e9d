// One log line and one measurement per answered request. Health checks come every few seconds and are logged only
// when they fail; paths are logged without their query, which may hold codes.
import type { Middleware } from 'koa';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RequestState } from './context.ts';

/** Logs what was asked and answered, after it was; requests that no route answered share one label. */
export function requestLog({ metrics }: { readonly metrics: Metrics }): Middleware<RequestState> {
  return async (ctx, next) => {
    const startedAt = performance.now();
    try {
      await next();
    } finally {
      const milliseconds = performance.now() - startedAt;
      const route = 'routerPath' in ctx && typeof ctx.routerPath === 'string' ? ctx.routerPath : 'unmatched';
      metrics.recordRequest(ctx.method, route, ctx.status, milliseconds / 1000);
      const isQuiet = ctx.path.startsWith('/-/') && ctx.status < 400;
      const line = { method: ctx.method, path: ctx.path, status: ctx.status, ms: Math.round(milliseconds) };
      ctx.state.log[isQuiet ? 'debug' : 'info']({ ...line, client: ctx.state.clientAddress }, 'request');
    }
  };
}
