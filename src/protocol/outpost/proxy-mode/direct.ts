// Proxy mode as a dialect: nobody asks us, the request itself comes, so "allow" passes it on. Everything else is as with
// a proxy that passes our answers on.
import { type Dialect, traefik } from '../dialects.ts';
import type { ReverseProxy } from './reverse-proxy.ts';

export function directDialect(proxy: ReverseProxy): Dialect {
  return {
    ...traefik,
    name: 'direct',
    allow: (visit, { headers }, session) => proxy.pass({ ...visit, headers, session }),
    signIn(visit, answers) {
      // A request that comes again has lost its cookie on the way, and would be sent to the sign-in for ever.
      if (proxy.hasPassed(visit.request)) proxy.explainCircle(visit);
      else traefik.signIn(visit, answers);
    },
  };
}
