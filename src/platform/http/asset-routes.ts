// Serves views/assets: for good under the hashed name, with revalidation under any other name of the same file, as a
// page of another replica's version may ask for.
import { z } from 'zod';
import { NotFound } from '../problem/problem.ts';
import type { Asset, Assets } from '../view/assets.ts';
import type { Context } from './context.ts';
import { anyone } from './guard.ts';
import { get, type Route } from './route.ts';

const ONE_YEAR_SECONDS = 31_536_000;

/** `/assets/<name>.<hash>.<ending>`, and the icon that browsers ask for by themselves. */
export function assetRoutes({ assets }: { readonly assets: Assets }): Route[] {
  const serve = (ctx: Context, file: string): undefined => {
    const found = assets.find(file);
    if (!found) throw new NotFound(ctx.state.t('problem.notFound'));
    writeAsset(ctx, found.asset, found.isExact);
  };
  return [
    get('/assets/:file', anyone, z.object({ file: z.string() }), (ctx, { file }) => serve(ctx, file)),
    get('/favicon.ico', anyone, z.unknown(), (ctx) => serve(ctx, 'favicon.svg')),
  ];
}

function writeAsset(ctx: Context, asset: Asset, isExact: boolean): void {
  const encoding = ctx.acceptsEncodings('br', 'gzip', 'identity') || 'identity';
  const [body, suffix] =
    encoding === 'br'
      ? [asset.brotli, '-br']
      : encoding === 'gzip'
        ? [asset.gzip, '-gz']
        : [asset.identity, ''];
  ctx.status = 200;
  ctx.set({
    'Cache-Control': isExact ? `public, max-age=${ONE_YEAR_SECONDS}, immutable` : 'no-cache',
    ETag: `"${asset.hash}${suffix}"`,
    Vary: 'Accept-Encoding',
  });
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  if (suffix !== '') ctx.set('Content-Encoding', encoding);
  ctx.type = asset.contentType;
  ctx.body = body;
}
