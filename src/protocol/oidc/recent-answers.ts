// What oidc-provider answered a moment ago to the very same request: services ask userinfo and introspection about one
// token again and again. An answer is given again for seconds, never beyond the token's end, and not once anything that
// it could depend on has changed in any replica. It says nothing that oidc-provider has not said: it only repeats.
import { sha256Hex } from '../../platform/crypto/digest.ts';
import type { Change, Changes } from '../../platform/database/changes.ts';
import { Recent } from '../../platform/database/recent.ts';
import type { Context } from '../../platform/http/context.ts';
import type { Answer, Rendered } from '../../platform/http/route.ts';
import { unverifiedClaims } from './issuer-choice.ts';

const MOST_KEPT = 4000;

const DEPENDS_ON: readonly (keyof Change)[] = [
  'application',
  'artefact',
  'group',
  'provider',
  'session',
  'signingKey',
  'user',
];

interface Kept {
  readonly answer: Rendered;
  readonly expiresAtSeconds: number;
}

interface Question {
  readonly form: URLSearchParams;
  /** The token that it is about. */
  readonly token: string | null | undefined;
}

export class RecentAnswers {
  readonly #kept: Recent<Kept>;

  constructor(changes: Changes) {
    this.#kept = new Recent(changes, MOST_KEPT);
    for (const kind of DEPENDS_ON) changes.subscribe(kind, () => this.#kept.clear());
  }

  /** What was answered a moment ago, or else what `ask` answers. */
  async find(ctx: Context, { form, token }: Question, ask: () => Promise<Answer>): Promise<Answer> {
    if (!token?.includes('.') || !isRepeatable(ctx, form)) return ask();
    const asked: Answer[] = [];
    const kept = await this.#kept.find(keyOf(ctx, form), async () => {
      const answer = await ask();
      asked.push(answer);
      return keptOf(token, answer);
    });
    if (asked.length > 0) return asked[0];
    return kept && kept.expiresAtSeconds * 1000 > Date.now() ? kept.answer : ask();
  }
}

/** Not what depends on more than the key says (CORS), nor a proof that counts once (RFC 7523 §3). */
function isRepeatable(ctx: Context, form: URLSearchParams): boolean {
  return ctx.search === '' && ctx.get('origin') === '' && !form.has('client_assertion');
}

/** A digest, so that nothing is kept that could be presented. */
function keyOf(ctx: Context, form: URLSearchParams): string {
  return sha256Hex([ctx.method, ctx.path, ctx.state.origin, ctx.get('authorization'), form].join('\n'));
}

/** Only what says that the token is good; it is a JWT of ours, then, and its own word on its end is true. */
function keptOf(token: string, answer: Answer): Kept | undefined {
  if (answer?.kind !== 'rendered' || answer.status !== 200) return undefined;
  const { exp } = unverifiedClaims(token);
  const isGood = !answer.body.includes('"active":false') && typeof exp === 'number';
  return isGood ? { answer, expiresAtSeconds: exp } : undefined;
}
