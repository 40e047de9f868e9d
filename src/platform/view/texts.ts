// The texts that people read: one YAML catalogue per language under views/texts, nested by feature, read once at start.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export type TextValues = Readonly<Record<string, string | number>>;

/** The text of `key` with `{name}` filled in from `values`; a missing key answers itself and is reported. */
export type Translate = (key: string, values?: TextValues) => string;

/** Flat: `signin.password` → "Password". */
export type Catalogue = ReadonlyMap<string, string>;

const DEFAULT_LANGUAGE = 'en';

/** All languages that Gatelodge speaks; English answers for what another language lacks. */
export class Texts {
  readonly #catalogues: ReadonlyMap<string, Catalogue>;
  readonly #onMissing: (key: string, language: string) => void;
  readonly #translators = new Map<string, Translate>();

  constructor(
    catalogues: ReadonlyMap<string, Catalogue>,
    onMissing: (key: string, language: string) => void = () => undefined,
  ) {
    this.#catalogues = catalogues;
    this.#onMissing = onMissing;
  }

  get languages(): string[] {
    return [...this.#catalogues.keys()];
  }

  /** Every key of the default language; tests compare them with what the sources use. */
  get keys(): string[] {
    return [...(this.#catalogues.get(DEFAULT_LANGUAGE)?.keys() ?? [])];
  }

  has(key: string): boolean {
    return this.#catalogues.get(DEFAULT_LANGUAGE)?.has(key) ?? false;
  }

  for(language: string): Translate {
    const known = this.#translators.get(language);
    if (known) return known;
    const translate = this.#translator(language);
    if (this.#catalogues.has(language)) this.#translators.set(language, translate);
    return translate;
  }

  /** The best language we have for `ui_locales` (OpenID Connect Core §3.1.2.1), else for Accept-Language, else English. */
  choose(acceptLanguage: string | undefined, uiLocales = ''): string {
    return this.match([...uiLocales.split(/\s+/), ...byQuality(acceptLanguage ?? '')]) ?? DEFAULT_LANGUAGE;
  }

  /** The first of these (BCP 47 tags, most wanted first) that we have; undefined when there is none. */
  match(wanted: readonly string[]): string | undefined {
    for (const tag of wanted) {
      const language = tag.toLowerCase();
      const [base = ''] = language.split('-');
      if (this.#catalogues.has(language)) return language;
      if (this.#catalogues.has(base)) return base;
    }
    return undefined;
  }

  #translator(language: string): Translate {
    const own = this.#catalogues.get(language);
    const english = this.#catalogues.get(DEFAULT_LANGUAGE);
    const plurals = new Intl.PluralRules(own ? language : DEFAULT_LANGUAGE);
    const find = (key: string) => own?.get(key) ?? english?.get(key);
    return (key, values = {}) => {
      const text = find(key) ?? pluralOf(key, values, plurals, find);
      if (text === undefined) this.#onMissing(key, language);
      return fillIn(text ?? key, values);
    };
  }
}

/** Reads every `<language>.yaml` in `directory`; throws when one is not a tree of texts. */
export function loadTexts(directory: string, onMissing?: (key: string, language: string) => void): Texts {
  const files = readdirSync(directory).filter((name) => name.endsWith('.yaml'));
  const catalogues = files.map((name): [string, Catalogue] => {
    const tree: unknown = parse(readFileSync(join(directory, name), 'utf8'));
    return [name.slice(0, -'.yaml'.length), new Map(flatten(tree, name))];
  });
  return new Texts(new Map(catalogues), onMissing);
}

function* flatten(tree: unknown, where: string, prefix = ''): Generator<[string, string]> {
  if (typeof tree === 'string') {
    yield [prefix, tree];
  } else if (tree !== null && typeof tree === 'object' && !Array.isArray(tree)) {
    for (const [name, branch] of Object.entries(tree)) {
      yield* flatten(branch, where, prefix === '' ? name : `${prefix}.${name}`);
    }
  } else {
    throw new Error(`views/texts/${where}: ${prefix} is neither a text nor a group of texts`);
  }
}

/** A text with `one: …` and `other: …` below its key is asked for by that key and a `count`. */
function pluralOf(
  key: string,
  { count }: TextValues,
  plurals: Intl.PluralRules,
  find: (key: string) => string | undefined,
): string | undefined {
  if (typeof count !== 'number') return undefined;
  return find(`${key}.${plurals.select(count)}`) ?? find(`${key}.other`);
}

function fillIn(text: string, values: TextValues): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Language tags of an Accept-Language header, most wanted first (RFC 9110 §12.5.4). */
function byQuality(header: string): string[] {
  return header
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.trim().split(/\s*;\s*/);
      const quality = parameters.find((parameter) => parameter.startsWith('q='));
      return { tag, quality: quality === undefined ? 1 : Number(quality.slice(2)) };
    })
    .filter(({ tag, quality }) => tag !== '' && quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag);
}
