// Pages from templates (Eta under views/). Eta prints "undefined" for what is missing and leaves backticks alone; here
// printing nothing-at-all or an object throws, reading data that the page function did not give throws, and ` is escaped.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Eta } from 'eta';
import type { FieldSentences } from '../problem/problem.ts';
import type { Assets } from './assets.ts';
import { type FieldRequest, fieldOf } from './field.ts';
import type { Page } from './page.ts';
import type { Translate } from './texts.ts';

/** What a template gets beside its page's own data; built once per request (http/answer.ts). */
export interface Frame {
  readonly t: Translate;
  readonly language: string;
  /** Path of the request, to mark where in the navigation one is. */
  readonly path: string;
  readonly requestId: string;
  readonly viewer: {
    readonly username: string;
    readonly name: string;
    readonly isAdministrator: boolean;
    readonly theme?: 'light' | 'dark' | undefined;
  } | null;
  /** Answers the form token; a function because the first call sets a cookie, which pages without forms need not. */
  readonly csrf: () => string;
  /** Messages by field, when the form is shown again. */
  readonly problem: FieldSentences | null;
  /** What was typed, by field; secrets are never among it. */
  readonly typed: Readonly<Record<string, unknown>>;
  /** Translated, shown once. */
  readonly notice: string | null;
}

/** Where the summary of what is wrong comes (partials/errors). It stands before the fields that it names, so it is printed
 *  last; what people have typed cannot look like this, for it is escaped. */
const SUMMARY = '<!-- errors -->';

interface ViewOptions {
  /** The folder `views`. */
  readonly directory: string;
  readonly assets: Assets;
  /** Reads templates again for every page: for development. */
  readonly isReloading?: boolean;
}

export class View {
  readonly #eta: Eta;
  readonly #assets: Assets;
  readonly #directory: string;

  constructor({ directory, assets, isReloading = false }: ViewOptions) {
    this.#directory = directory;
    this.#assets = assets;
    this.#eta = new Eta({
      views: directory,
      cache: !isReloading,
      autoFilter: true,
      filterFunction: printable,
      escapeFunction: escapeHtml,
    });
    // Eta would look beside the including template first; here a name means the same everywhere.
    this.#eta.resolvePath = (template) => this.#pathOf(template);
  }

  /** The whole HTML document of a page; throws rather than print a page with a hole in it. */
  render(page: Page, frame: Frame): string {
    const labels: Record<string, string> = {};
    const shared = this.#shared(page, frame, labels);
    const taken = Object.keys(page.data).find((name) => name in shared);
    if (taken !== undefined) throw new Error(`views/${page.template}.eta: the name it.${taken} is taken`);
    const html = this.#eta.render(page.template, strict({ ...page.data, ...shared }, page.template));
    if (!html.includes(SUMMARY)) return html;
    const takesFocus = !html.includes(' autofocus');
    const summary = this.#eta.render('partials/errors', { ...shared, labels, takesFocus });
    return html.replaceAll(SUMMARY, () => summary);
  }

  /** Compiles and keeps every template, so that a syntax error stops the start and not the first visitor. */
  compile(): void {
    for (const template of this.templates()) this.#compileOne(template);
  }

  /** Names of all templates, layouts and partials included, as in `signin/password`. */
  templates(): string[] {
    return readdirSync(this.#directory, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.eta'))
      .map((path) => path.slice(0, -'.eta'.length));
  }

  #compileOne(template: string): void {
    const filepath = this.#pathOf(template);
    try {
      const compiled = this.#eta.compile(readFileSync(filepath, 'utf8'), { filepath });
      this.#eta.templatesSync.define(filepath, compiled);
    } catch (error) {
      throw new Error(`views/${template}.eta: ${String(error)}`, { cause: error });
    }
  }

  #pathOf(template: string): string {
    return join(this.#directory, `${template}.eta`);
  }

  /** Frame, the page's names and what templates call. Partials get exactly this and their arguments, never the page's data. */
  #shared({ template, title }: Page, frame: Frame, labels: Record<string, string>): Record<string, unknown> {
    const shared = {
      ...frame,
      template,
      title,
      asset: (name: string) => this.#assets.url(name),
      part: (name: string, given: Record<string, unknown> = {}) =>
        this.#eta.render(`partials/${name}`, { ...shared, ...given }),
      field: (given: FieldRequest) => {
        labels[given.name] ??= given.label;
        return this.#eta.render('partials/field', { ...shared, ...fieldOf(given, frame) });
      },
      errors: () => SUMMARY,
    };
    return shared;
  }
}

/** Data whose absent properties cannot be read by mistake; `null` says "none", and `'x' in it` asks. */
function strict(data: Record<string, unknown>, template: string): Record<string, unknown> {
  return new Proxy(data, {
    get(target, name) {
      // Eta itself asks for the blocks of a layout, which most templates do not have.
      if (typeof name === 'symbol' || name === '__blocks' || name in target) return Reflect.get(target, name);
      throw new Error(
        `views/${template}.eta reads it.${name}, which its page does not give (null says "none")`,
      );
    },
  });
}

function printable(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return String(value);
  throw new Error(`A template prints ${value === null ? 'null' : `a value of type ${typeof value}`}`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function escapeHtml(value: unknown): string {
  return printable(value).replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? character);
}
