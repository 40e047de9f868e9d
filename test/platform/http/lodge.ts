// A small Koa app made of the real plumbing, on a free loopback port, for tests of that plumbing.
import { once } from 'node:events';
import { cpSync, mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Router } from '@koa/router';
import Koa from 'koa';
import { pino } from 'pino';
import type { RequestState, Viewer } from '../../../src/platform/http/context.ts';
import { Csrf } from '../../../src/platform/http/csrf.ts';
import { errorRenderer } from '../../../src/platform/http/error-renderer.ts';
import { mount } from '../../../src/platform/http/mount.ts';
import { requestIdentity } from '../../../src/platform/http/request-identity.ts';
import type { Route } from '../../../src/platform/http/route.ts';
import { securityHeaders } from '../../../src/platform/http/security-headers.ts';
import { loadAssets } from '../../../src/platform/view/assets.ts';
import { loadTexts } from '../../../src/platform/view/texts.ts';
import { View } from '../../../src/platform/view/view.ts';

export const ROOT = resolve(import.meta.dirname, '../../..');
const LOOPBACK = '127.0.0.0/8';

/** The real views, with the specimen pages beside them. */
export function specimenView(): View {
  const directory = join(mkdtempSync(join(tmpdir(), 'gatelodge-views-')), 'views');
  cpSync(join(ROOT, 'views'), directory, { recursive: true });
  cpSync(join(ROOT, 'test/platform/view/specimen'), join(directory, 'specimen'), { recursive: true });
  return new View({ directory, assets: loadAssets(join(directory, 'assets')) });
}

export interface Lodge {
  readonly origin: string;
  /** Everything that was logged, one JSON line each. */
  readonly log: string[];
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

interface LodgeOptions {
  readonly trustedProxies?: string[];
  readonly url?: string;
  /** Who is asking; the header `X-Test-Viewer` switches them off. */
  readonly viewer?: Viewer;
}

/** Serves the routes; every request of `fetch` follows no redirect. */
export async function startLodge(routes: readonly Route[], options: LodgeOptions = {}): Promise<Lodge> {
  const { trustedProxies = [LOOPBACK], url, viewer } = options;
  const log: string[] = [];
  const texts = loadTexts(join(ROOT, 'views/texts'));
  const pen = { view: specimenView(), csrf: new Csrf(Buffer.alloc(32, 7)) };
  const router = new Router<RequestState>();
  mount(router, routes, pen);

  const app = new Koa<RequestState>();
  const config = url === undefined ? { trustedProxies } : { trustedProxies, url };
  app.use(requestIdentity({ config, texts, log: pino({}, { write: (line) => void log.push(line) }) }));
  app.use(securityHeaders());
  app.use(errorRenderer(pen));
  app.use((ctx, next) => {
    if (viewer && ctx.get('X-Test-Viewer') !== 'nobody') ctx.state.viewer = viewer;
    return next();
  });
  app.use(router.routes());

  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    log,
    fetch: (path, init) => fetch(`${origin}${path}`, { redirect: 'manual', ...init }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Opens a page with a form: its cookies and its token. */
export async function openForm(lodge: Lodge, path: string, headers: Record<string, string> = {}) {
  const response = await lodge.fetch(path, { headers });
  const html = await response.text();
  const token = /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return { html, token, cookie };
}

export function form(fields: Record<string, string>, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', body: new URLSearchParams(fields), headers };
}
