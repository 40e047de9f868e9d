// The form of a protocol request, read before oidc-provider sees it: the client is named in it (issuer-choice.ts).

import type { Context } from '../../platform/http/context.ts';
import { InvalidInput } from '../../platform/problem/problem.ts';

/** oidc-provider's own limit. */
const MAX_BYTES = 56 * 1024;

/** The fields of an urlencoded body, empty for any other; throws InvalidInput when it is too large. */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  if (ctx.method !== 'POST' || !ctx.is('urlencoded')) return new URLSearchParams();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new InvalidInput({ non_field_errors: [ctx.state.t('input.bodyTooLarge')] });
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
