// The page about what an application is told.
import type { Application } from '../../../identity/application/application.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';
import type { OAuth2Provider } from '../client.ts';
import type { Preview } from '../preview.ts';
import { type ClaimSource, claimsDeclaration } from '../scope-mapping-fields.ts';
import { CLAIM_KINDS } from './form.ts';

/** What is longer stands on lines of its own. */
const MAX_INLINE = 24;

interface ShownClaims {
  readonly application: Application;
  readonly client: OAuth2Provider;
  /** Whom the preview is of, as it was typed; '' for nobody. */
  readonly username: string;
  /** Undefined when nobody has that name. */
  readonly preview: Preview | undefined;
}

export function claimsPage(t: Translate, { application, client, username, preview }: ShownClaims): Page {
  const path = `/if/admin/applications/${application.slug}/`;
  return page('scope-mapping/claims', t('admin.claims.title', { name: application.name }), {
    name: application.name,
    detailPath: path,
    claimsPath: `${path}claims/`,
    scopes: client.scopeMappings.map(({ scopeMapping }) => scopeData(t, client, scopeMapping, path)),
    kinds: CLAIM_KINDS.map((value) => ({ value, label: t(`admin.claims.kinds.${value}`) })),
    username,
    isNobody: username !== '' && preview === undefined,
    preview: preview ? JSON.stringify(preview.claims, null, 2) : null,
    faults: preview?.faults ?? [],
  });
}

type ScopeMapping = OAuth2Provider['scopeMappings'][number]['scopeMapping'];

function scopeData(t: Translate, { providerId }: OAuth2Provider, mapping: ScopeMapping, path: string) {
  const claims = Object.entries(claimsDeclaration.catch({}).parse(mapping.claims));
  return {
    name: mapping.scopeName,
    isOwn: mapping.ownerId === providerId,
    removePath: `${path}claims/${mapping.id}/delete/`,
    claims: claims.map(([name, source]) => claimData(t, name, source)),
  };
}

function claimData(t: Translate, name: string, source: ClaimSource) {
  const { words, code } = sourceData(t, source);
  return { name, words, code, isLong: code.length > MAX_INLINE || code.includes('\n') };
}

/** Where a claim comes from: words, and what is written for it. */
function sourceData(t: Translate, source: ClaimSource): { words: string; code: string } {
  if ('user' in source) return { words: t('admin.claims.of.user'), code: source.user };
  if ('attribute' in source) return { words: t('admin.claims.of.attribute'), code: source.attribute };
  if ('constant' in source) return { words: t('admin.claims.of.constant'), code: written(source.constant) };
  if ('expression' in source) return { words: t('admin.claims.of.expression'), code: source.expression };
  const rows = source.table.map(({ group, value }) => `${group} = ${written(value)}`);
  const last = source.otherwise === undefined ? [] : [`* = ${written(source.otherwise)}`];
  const words = t(source.many ? 'admin.claims.of.tableOfMany' : 'admin.claims.of.table');
  return { words, code: [...rows, ...last].join('\n') };
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
