// Liveness and readiness (contract §1, "Health"). Ready means that every part we need has just answered.
import { z } from 'zod';
import { anyone } from './guard.ts';
import { get, json, type Route } from './route.ts';

/** Resolves when the part answers, rejects or never ends when it does not. */
export type Check = () => Promise<unknown>;

const CHECK_TIMEOUT_MS = 2_000;
const RETRY_AFTER_SECONDS = '5';

/** `/-/health/live/`: the process answers. `/-/health/ready/`: 200, or 503 naming the parts that do not answer. */
export function healthRoutes({ checks }: { readonly checks: Readonly<Record<string, Check>> }): Route[] {
  return [
    get('/-/health/live/', anyone, z.unknown(), () => json({ status: 'ok' })),
    get('/-/health/ready/', anyone, z.unknown(), async (ctx) => {
      const results = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await isAnswering(check)] as const),
      );
      const failing = results.filter(([, isUp]) => !isUp).map(([name]) => name);
      if (failing.length === 0) return json({ status: 'ok' });
      ctx.state.log.warn({ failing }, 'not ready');
      ctx.set('Retry-After', RETRY_AFTER_SECONDS);
      return json({ status: 'unavailable', failing }, 503);
    }),
  ];
}

async function isAnswering(check: Check): Promise<boolean> {
  const { promise: timeout, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false);
  const answer = Promise.resolve()
    .then(check)
    .then(
      () => true,
      () => false,
    );
  return Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
}
